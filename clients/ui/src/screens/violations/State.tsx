// How far are people with a violation, and what do they say of it next?
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BellOff, CircleCheck, Eye, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
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
/** The server takes so many bytes; of letters that need more than one, it says so. */
const MOST_NOTED = 1024;

export function StatePill({ of }: { of: Violation }) {
  return (
    <Pill {...LOOKS[of.state]} title={of.note}>
      {t.violations.states[of.state]}
    </Pill>
  );
}

/** What was said last, and what whoever may can say now, with a note. */
export function State({ of }: { of: Violation }) {
  const why = useLack("admin", "everything");
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const note = typed.trim();
  const place = useRef<HTMLDivElement>(null);
  const saying = useMutation({
    mutationFn: (wish: { state: State; until?: string | undefined }) =>
      body(
        api.PUT("/govern/v1/violations/{violation}/state", {
          params: { path: { violation: of.id } },
          // What was noted stays, until it begins anew.
          body: { ...wish, note: note || (wish.state === "new" ? "" : (of.note ?? "")) },
        }),
      ),
    onSuccess: async () => {
      await Promise.all(["violation", "violations"].map((name) => queries.invalidateQueries({ queryKey: [name] })));
      setTyped("");
      // What was pressed may be gone. Whoever is on by keyboard goes on from what is said now.
      requestAnimationFrame(() => {
        const { activeElement } = document;
        if (activeElement === document.body || place.current?.contains(activeElement))
          place.current?.querySelector<HTMLElement>("[role=status]")?.focus();
      });
    },
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
      <div className="next-steps" ref={place}>
        <span role="status" tabIndex={-1} className="said">
          <StatePill of={of} />
          {of.stateBy && of.stateAt && (
            <span className="muted" title={dateTime(of.stateAt)}>
              {/* What is new again is not so because somebody said it. */}
              {of.state === "new" && of.lastSeen > of.stateAt
                ? t.violation.back(of.stateBy, ago(of.stateAt))
                : t.violation.said(of.stateBy, ago(of.stateAt), of.until && dateTime(of.until))}
              {of.note && `: ${of.note}`}
            </span>
          )}
        </span>
        {say("acknowledged")}
        {why ? (
          <Button why={why}>{t.violation.say.muted}</Button>
        ) : (
          <MenuButton label={t.violation.say.muted} items={[1, 7, 30].map(mute)} isDisabled={saying.isPending} />
        )}
        {say("fixed")}
        {say("new")}
        {!why && (
          <input
            className="note"
            aria-label={t.violation.note}
            placeholder={of.note ? t.violation.noteNext : t.violation.noteHow}
            maxLength={MOST_NOTED}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {note && note !== of.note && (
          <Button isDisabled={saying.isPending} onPress={() => saying.mutate({ state: of.state, until: of.until })}>
            {t.violation.saveNote}
          </Button>
        )}
      </div>
      {saying.isError && <Failed what={t.violations.state} error={saying.error} />}
    </>
  );
}
