// How is a state shown? Always by sign and word, never by colour alone.
import {
  Ban,
  CircleCheck,
  CircleDashed,
  Clock,
  Eye,
  Info,
  Lock,
  type LucideIcon,
  OctagonX,
  ShieldCheck,
  Tag,
  TriangleAlert,
  Users,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Level, ModeName, Overview } from "../api/queries";
import type { Verdict } from "../model/compare";
import { t } from "../strings";

export type Tone = "plain" | "ok" | "warn" | "bad" | "info" | "pii" | "accent";

export function Pill({
  tone = "plain",
  icon: Icon,
  title,
  children,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  title?: string;
  children: ReactNode;
}) {
  return (
    <span className={`pill ${tone}`} title={title}>
      {Icon && <Icon size={13} aria-hidden />}
      {children}
    </span>
  );
}

export const formatName = (type: string) => ({ AVRO: "Avro", JSON: "JSON Schema", PROTOBUF: "Protobuf" })[type] ?? type;

/** A level, amber where nothing is checked; beside it where it comes from, unless the subject has it itself. */
export function LevelPill({ level, from }: { level: Level; from?: Overview["compatibility"]["from"] }) {
  return (
    <Pill
      tone={level === "NONE" ? "warn" : "plain"}
      {...(level === "NONE" ? { icon: TriangleAlert } : {})}
      title={from ? t.level.from[from] : undefined}
    >
      {level}
      {from && from !== "subject" && <span className="from"> · {t.level.short[from]}</span>}
    </Pill>
  );
}

export function ModePill({ mode }: { mode: ModeName }) {
  if (mode === "READWRITE") return null;
  return (
    <Pill tone="info" icon={Lock} title={t.mode.means[mode]}>
      {mode}
    </Pill>
  );
}

export function TagChip({ name }: { name: string }) {
  return (
    <Pill tone={/^(PII|GDPR|PHI|PCI|SENSITIVE)/i.test(name) ? "pii" : "plain"} icon={Tag}>
      {name}
    </Pill>
  );
}

export function Owner({ name }: { name?: string | undefined }) {
  return name ? (
    <span className="owner">
      <Users size={14} aria-hidden />
      {name}
    </span>
  ) : (
    <span className="muted">{t.none.owner}</span>
  );
}

const VERDICTS = {
  error: { icon: OctagonX, tone: "bad" },
  warning: { icon: TriangleAlert, tone: "warn" },
  info: { icon: Info, tone: "info" },
  safe: { icon: CircleCheck, tone: "ok" },
} as const;

export function VerdictIcon({ verdict, size = 18 }: { verdict: Verdict; size?: number }) {
  const { icon: Icon, tone } = VERDICTS[verdict];
  return <Icon size={size} className={`sign ${tone}`} role="img" aria-label={t.verdict[verdict]} />;
}

export function VerdictPill({ verdict, children }: { verdict: Verdict; children: ReactNode }) {
  const { icon, tone } = VERDICTS[verdict];
  return (
    <Pill tone={tone} icon={icon}>
      {children}
    </Pill>
  );
}

export function PolicyModePill({ mode }: { mode: string | undefined }) {
  if (mode === "enforce")
    return (
      <Pill tone="ok" icon={ShieldCheck}>
        {t.policy.modes.enforce}
      </Pill>
    );
  if (mode === "shadow")
    return (
      <Pill tone="info" icon={Eye}>
        {t.policy.modes.shadow}
      </Pill>
    );
  return <Pill icon={CircleDashed}>{t.policy.modes.off}</Pill>;
}

export function ActionPill({ action }: { action: string }) {
  const tone: Tone = action === "pass" ? "info" : action === "flag" ? "warn" : "bad";
  return (
    <Pill tone={tone} icon={action === "pass" ? Clock : Ban}>
      {(t.violation.actions as Record<string, string>)[action] ?? action}
    </Pill>
  );
}
