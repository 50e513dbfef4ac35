// How is it shown what a change does to somebody? By a sign, a colour and words; what is not known has a sign of its own.
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleDot,
  Clock,
  Box as JobIcon,
  type LucideIcon,
  OctagonX,
  Radio,
  Table2,
  UserRound,
  Users,
} from "lucide-react";
import type { Verdict } from "../../model/impact";
import type { Kind } from "../../model/nodes";
import { Pill, type Tone } from "../../parts/Pill";
import { impact as ti } from "../../strings-lineage";

const LOOKS: Record<Verdict, { tone: Tone; icon: LucideIcon }> = {
  breaks: { tone: "bad", icon: OctagonX },
  loses: { tone: "bad", icon: Ban },
  waits: { tone: "warn", icon: Clock },
  declared: { tone: "warn", icon: CircleDot },
  reads: { tone: "warn", icon: CircleDot },
  guessed: { tone: "warn", icon: CircleDashed },
  unread: { tone: "plain", icon: CircleCheck },
  assumed: { tone: "plain", icon: CircleDashed },
  concerned: { tone: "accent", icon: CircleDot },
  unmade: { tone: "plain", icon: CircleCheck },
  fine: { tone: "ok", icon: CircleCheck },
};
export const toneOf = (verdict: Verdict) => LOOKS[verdict].tone;

export function EffectPill({ verdict, isFieldOfWriter = false }: { verdict: Verdict; isFieldOfWriter?: boolean }) {
  const { tone, icon } = LOOKS[verdict];
  return (
    <Pill tone={tone} icon={icon} title={isFieldOfWriter ? ti.fieldWriter : ti.verdictWhy[verdict]}>
      {isFieldOfWriter ? ti.fieldWriter : ti.verdicts[verdict]}
    </Pill>
  );
}

export const KIND_ICONS: Record<Kind, LucideIcon> = {
  application: UserRound,
  group: Users,
  job: JobIcon,
  table: Table2,
  topic: Radio,
};
