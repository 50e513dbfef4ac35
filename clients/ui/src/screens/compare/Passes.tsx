// Under which levels would a change pass?
import type { Level } from "../../api/queries";
import type { Explanation } from "../../model/compare";
import { VerdictPill } from "../../parts/Pill";
import { contracts as td } from "../../strings-contracts";

/** What would pass? Every level, with the one that holds marked. */
export function Passes({ told }: { told: Explanation }) {
  return (
    <div className="passes">
      <h2>{td.compare.wouldPass}</h2>
      <ul>
        {(["BACKWARD", "FORWARD", "FULL"] as Level[]).map((level) => {
          const passes = told.passes.includes(level);
          const isActive = told.compatibility.replace("_TRANSITIVE", "") === level;
          return (
            <li key={level} data-active={isActive}>
              <VerdictPill verdict={passes ? "safe" : "error"}>{level}</VerdictPill>
              {isActive && <span className="fine">{td.compare.holds}</span>}
            </li>
          );
        })}
        {told.compatibility === "NONE" && (
          <li data-active>
            <VerdictPill verdict="warning">NONE</VerdictPill>
            <span className="fine">{td.compare.holds}</span>
          </li>
        )}
      </ul>
    </div>
  );
}
