// What does each change do, to whom, and what can be done about it? One card for each.
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronUp, Lightbulb, Wrench } from "lucide-react";
import { type Change, type Explanation, type Finding, type Level, verdictUnder } from "../../model/compare";
import { version } from "../../model/format";
import { Button, IconButton } from "../../parts/Controls";
import { VerdictIcon } from "../../parts/Pill";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";

type Props = {
  told: Explanation;
  changes: Change[];
  chosen: number | undefined;
  choose: (change: number | undefined) => void;
  findingsOf: (change: Change) => Finding[];
  /** Where the text can be changed: puts a finding's fix into it; undefined of one that has none. */
  fixOf?: ((finding: Finding) => (() => void) | undefined) | undefined;
};

export function Findings({ told, changes, chosen, choose, findingsOf, fixOf }: Props) {
  const step = (by: number) =>
    choose(chosen === undefined ? (by > 0 ? 0 : changes.length - 1) : (chosen + by + changes.length) % changes.length);
  return (
    <div className="findings">
      <div className="findings-head">
        <h2>{td.compare.whatChanged(changes.length)}</h2>
        <span>
          <IconButton label={td.compare.previous} onPress={() => step(-1)}>
            <ChevronUp size={16} aria-hidden />
          </IconButton>
          <IconButton label={td.compare.next} onPress={() => step(1)}>
            <ChevronDown size={16} aria-hidden />
          </IconButton>
        </span>
      </div>
      <ol>
        {changes.map((change, index) => (
          <Card
            key={`${change.kind} ${change.element} ${change.path} ${change.name}`}
            change={change}
            index={index}
            told={told}
            isChosen={chosen === index}
            choose={choose}
            findings={findingsOf(change)}
            fixOf={fixOf}
          />
        ))}
      </ol>
    </div>
  );
}

function Card({
  change,
  index,
  told,
  isChosen,
  choose,
  findings,
  fixOf,
}: {
  change: Change;
  index: number;
  told: Explanation;
  isChosen: boolean;
  choose: Props["choose"];
  findings: Finding[];
  fixOf: Props["fixOf"];
}) {
  const verdict = verdictUnder(change, told.compatibility);
  // Findings against several versions that say the same are one.
  const said = [...Map.groupBy(findings, (one) => `${one.rule} ${one.direction} ${one.message}`).values()];
  return (
    <li className="finding" data-change={index} data-chosen={isChosen} data-verdict={verdict}>
      <VerdictIcon verdict={verdict} />
      <div className="finding-body">
        <h3>
          <button
            type="button"
            className="as-link"
            aria-pressed={isChosen}
            onClick={() => choose(isChosen ? undefined : index)}
          >
            {sentence(change.summary)}
          </button>
        </h3>
        <Strip change={change} active={told.compatibility} />
        {said.length === 0 && <p className="muted">{td.compare.harmless}</p>}
        {said.map((same) => {
          const [finding] = same;
          if (!finding) return null;
          const fix = fixOf?.(finding);
          return (
            <div key={`${finding.rule} ${finding.direction} ${finding.message}`} className="reason">
              <p>
                <strong>{td.compare.who[finding.direction]}</strong> {sentence(finding.message)}
                {same.length > 1 && (
                  <span className="fine"> {td.compare.against(same.map((one) => version(one.version ?? 0)))}</span>
                )}
              </p>
              {finding.fix && (
                <p className="fix">
                  <Lightbulb size={15} aria-hidden />
                  <span>{sentence(finding.fix)}</span>
                </p>
              )}
              {fix && (
                <Button onPress={fix}>
                  <Wrench size={15} aria-hidden />
                  {t.editor.applyFix}
                </Button>
              )}
              <p className="fine">
                <Link to="/rules/compatibility" search={{ rule: finding.rule }} className="mono">
                  {finding.rule}
                </Link>{" "}
                {finding.slug}
              </p>
            </div>
          );
        })}
      </div>
    </li>
  );
}

/** Three cells: would it pass backward, forward, both? The level that holds is framed. */
function Strip({ change, active }: { change: Change; active: Level }) {
  return (
    <ul className="strip" aria-label={td.compare.strip}>
      {(["BACKWARD", "FORWARD", "FULL"] as const).map((level) => {
        const verdict = verdictUnder(change, level);
        return (
          <li key={level} data-verdict={verdict} data-active={active.replace("_TRANSITIVE", "") === level}>
            <VerdictIcon verdict={verdict} size={13} />
            {level}
          </li>
        );
      })}
    </ul>
  );
}

/** The server's words as a sentence. */
function sentence(text: string): string {
  const first = text.charAt(0);
  return `${first === "'" || /\d/.test(first) ? first : first.toUpperCase()}${text.slice(1)}${/[.!?:]$/.test(text) ? "" : "."}`;
}
