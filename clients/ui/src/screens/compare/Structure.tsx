// What was added, taken away or changed, and where? Both versions as one tree; what is the same stays folded away.
import { ChevronRight, Minus, Pencil, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { type Change, type Level, type MergedNode, nodePath, plain, quiet, verdictUnder } from "../../model/compare";
import { Button } from "../../parts/Controls";
import { contracts as td } from "../../strings-contracts";

type Props = {
  tree: MergedNode[];
  changes: Change[];
  chosen: number | undefined;
  choose: (change: number | undefined) => void;
  labels: [string, string];
  level: Level;
};
const SIGNS = { added: Plus, removed: Minus, changed: Pencil, same: undefined } as const;

type Row = { node: MergedNode; depth: number };

/** With more fields than these, those that changed would be lost among the others: it begins with them alone. */
const MANY = 100;

function rows(nodes: MergedNode[], closed: ReadonlySet<string>, depth = 0): Row[] {
  return nodes.flatMap((node) => [
    { node, depth },
    ...(closed.has(nodePath(node)) ? [] : rows(node.children, closed, depth + 1)),
  ]);
}

export function Structure({ tree, changes, chosen, choose, labels, level }: Props) {
  const still = useMemo(() => quiet(tree), [tree]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(still);
  const [isOnlyChanged, setOnlyChanged] = useState(() => changes.length > 0 && rows(tree, still).length > MANY);
  const shown = rows(tree, closed).filter(({ node }) => !isOnlyChanged || !still.has(nodePath(node)));
  // Of several changes of one field the worst counts, which comes first.
  const where = new Map(changes.map((change, index) => [plain(change.path ?? ""), index] as const).reverse());
  const elsewhere = changes
    .map((change, index) => ({ change, index }))
    .filter(({ change }) => !find(tree, plain(change.path ?? "")));
  const toggle = (path: string) =>
    setClosed((old) => {
      const next = new Set(old);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  return (
    <div className="card structure">
      <div className="structure-head">
        <h2>{td.compare.fieldsOf(labels[0], labels[1])}</h2>
        <Button kind="quiet" onPress={() => setOnlyChanged(!isOnlyChanged)}>
          {isOnlyChanged ? td.compare.showAll : td.compare.showChanged}
        </Button>
      </div>
      {elsewhere.length > 0 && (
        <ul className="elsewhere">
          {elsewhere.map(({ change, index }) => (
            <li key={`${change.element} ${change.name} ${change.kind}`}>
              <button
                type="button"
                data-row-change={index}
                aria-pressed={chosen === index}
                onClick={() => choose(index)}
              >
                {change.summary}
              </button>
            </li>
          ))}
        </ul>
      )}
      <ul className="merged">
        {shown.map(({ node, depth }) => {
          const path = nodePath(node);
          const index = where.get(plain(path));
          const Sign = SIGNS[node.mark];
          const isOpen = !closed.has(path);
          const isTyped = node.before && node.after && node.before.type !== node.after.type;
          const facets = node.changes
            .flatMap((change) => change.facets ?? [])
            .filter((facet) => facet.name !== "type" && (facet.old !== undefined || facet.new !== undefined));
          return (
            <li
              key={`${path} ${node.mark}`}
              className={`merged-row ${node.mark}`}
              data-chosen={index !== undefined && index === chosen}
              {...(index === undefined ? {} : { "data-row-change": index })}
              data-verdict={worstOf(node, level)}
            >
              <span className="merged-sign">
                {Sign && <Sign size={14} role="img" aria-label={td.compare.marks[node.mark]} />}
              </span>
              <span className="merged-name" style={{ paddingInlineStart: `${depth * 20}px` }}>
                {node.children.length > 0 ? (
                  <button
                    type="button"
                    className="twist"
                    data-open={isOpen}
                    onClick={() => toggle(path)}
                    aria-label={isOpen ? td.fields.close(path) : td.fields.open(path)}
                  >
                    <ChevronRight size={15} aria-hidden />
                  </button>
                ) : (
                  <span className="twist" />
                )}
                {index === undefined ? (
                  <span className="mono">{(node.after ?? node.before)?.name}</span>
                ) : (
                  <button
                    type="button"
                    className="as-link mono"
                    aria-pressed={index === chosen}
                    onClick={() => choose(index === chosen ? undefined : index)}
                  >
                    {(node.after ?? node.before)?.name}
                  </button>
                )}
              </span>
              <span className="merged-type mono">
                {isTyped ? (
                  <>
                    <del>{node.before?.type}</del> <span aria-hidden>→</span> <ins>{node.after?.type}</ins>
                  </>
                ) : (
                  (node.after ?? node.before)?.type
                )}
                {node.mark !== "added" &&
                  node.mark !== "removed" &&
                  facets.map((facet) => (
                    <span key={`${facet.name} ${facet.old} ${facet.new}`} className="facet">
                      {facet.name} {facet.old !== undefined && <del>{facet.old}</del>}{" "}
                      {facet.new !== undefined && <ins>{facet.new}</ins>}
                    </span>
                  ))}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function find(nodes: MergedNode[], path: string): boolean {
  return nodes.some((node) => plain(nodePath(node)) === path || find(node.children, path));
}

/** What the level makes of a row: what breaks somebody is not just another change. */
function worstOf(node: MergedNode, level: Level): string {
  const verdicts = node.changes.map((change) => verdictUnder(change, level));
  return verdicts.includes("error") ? "error" : verdicts.includes("warning") ? "warning" : "safe";
}
