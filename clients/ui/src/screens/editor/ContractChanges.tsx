// What of the contract becomes different? Each property, tag and rule with what it was and what it will be.
import { Minus, PencilLine, Plus } from "lucide-react";
import type { ContractChange } from "../../model/contract";
import { contract as tc } from "../../strings-editor";

const SIGNS = { added: Plus, removed: Minus, changed: PencilLine };

export function ContractChanges({ changes }: { changes: ContractChange[] }) {
  return (
    <section className="contract-changes">
      <h3>{tc.changes(changes.length)}</h3>
      <ul>
        {changes.map((one) => {
          const Sign = SIGNS[one.kind];
          return (
            <li key={one.what} data-kind={one.kind}>
              <Sign size={15} role="img" aria-label={tc.marks[one.kind]} />
              <div>
                <p className="strong">{one.what}</p>
                {one.members.map(({ name, before, after }) => (
                  <p key={name} className="contract-member">
                    {name && <span className="fine">{name}</span>}
                    <span className="mono">
                      {before && <del>{before}</del>} {after && <ins>{after}</ins>}
                    </span>
                  </p>
                ))}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
