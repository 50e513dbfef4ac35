// Is what is shown what happens now? The state of the stream in a word, and a button to hold it.
import { CircleDashed, CircleDot, Lock, Pause, Play, RotateCw } from "lucide-react";
import { pause, type State } from "../api/live";
import { t } from "../strings";
import { Button } from "./Controls";
import { Pill, type Tone } from "./Pill";

const LOOKS = {
  connecting: { icon: CircleDashed, tone: "info" },
  live: { icon: CircleDot, tone: "ok" },
  paused: { icon: Pause, tone: "warn" },
  reconnecting: { icon: RotateCw, tone: "warn" },
  closed: { icon: Lock, tone: "bad" },
} as const satisfies Record<State, { icon: unknown; tone: Tone }>;

export function LiveState({ state }: { state: State }) {
  const { icon, tone } = LOOKS[state];
  return (
    <span className="live" role="status" data-state={state}>
      <Pill tone={tone} icon={icon} title={t.live.means[state]}>
        {t.live.state[state]}
      </Pill>
    </span>
  );
}

export function PauseButton({ state }: { state: State }) {
  const isPaused = state === "paused";
  return (
    <Button onPress={() => pause(!isPaused)}>
      {isPaused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />}
      {isPaused ? t.live.goOn : t.live.pause}
    </Button>
  );
}
