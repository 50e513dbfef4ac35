// How far are people with a violation, and what do they say of it next?
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BellOff, CircleCheck, Eye, TriangleAlert } from "lucide-react";
import { api, body } from "../../api/client";
import type { Violation } from "../../api/queries";
import { useLack } from "../../app/rights";
import { ago, dateTime } from "../../model/format";
import { Button, MenuButton } from "../../parts/Controls";
import { Pill } from "../../parts/Pill";
import { Failed } from "../../parts/States";
import { t } from "../../strings";

const LOOKS = {
  new: { icon: TriangleAlert, tone: "warn" },
  acknowledged: { icon: Eye, tone: "info" },
  muted: { icon: BellOff, tone: "plain" },
  fixed: { icon: CircleCheck, tone: "ok" },
} as const;
export const STATES = Object.keys(LOOKS) as State[];
type State = keyof typeof LOOKS;
const DAY = 86_400_000;

export function StatePill({ of }: { of: Violation }) {
  return (
    <Pill {...LOOKS[of.state]} title={of.note}>
      {t.violations.states[of.state]}
    </Pill>
  );
}

/** What was said last, and what whoever may can say now. */
export function State({ of }: { of: Violation }) {
  const why = useLack("admin", "everything");
  const queries = useQueryClient();
  const saying = useMutation({
    mutationFn: (wish: { state: State; until?: string }) =>
      body(
        api.PUT("/govern/v1/violations/{violation}/state", {
          params: { path: { violation: of.id } },
          // What was noted stays, until it begins anew.
          body: { ...wish, note: wish.state === "new" ? "" : (of.note ?? "") },
        }),
      ),
    onSuccess: () =>
      Promise.all(["violation", "violations"].map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
  const say = (state: State) =>
    of.state !== state && (
      <Button why={why} isDisabled={saying.isPending} onPress={() => saying.mutate({ state })}>
        {t.violation.say[state]}
      </Button>
    );
  const mute = (days: number) => ({
    id: `${days}`,
    label: t.violation.muteFor(days),
    onAction: () => saying.mutate({ state: "muted", until: new Date(Date.now() + days * DAY).toISOString() }),
  });
  return (
    <>
      <div className="next-steps">
        <span role="status">
          <StatePill of={of} />
        </span>
        {/* What is new again is not so because somebody said it. */}
        {of.state !== "new" && of.stateBy && of.stateAt && (
          <span className="muted" title={dateTime(of.stateAt)}>
            {t.violation.said(of.stateBy, ago(of.stateAt), of.until && dateTime(of.until))}
            {of.note && `: ${of.note}`}
          </span>
        )}
        {say("acknowledged")}
        {why ? (
          <Button why={why}>{t.violation.say.muted}</Button>
        ) : (
          <MenuButton label={t.violation.say.muted} items={[1, 7, 30].map(mute)} />
        )}
        {say("fixed")}
        {say("new")}
      </div>
      {saying.isError && <Failed what={t.violations.state} error={saying.error} />}
    </>
  );
}
