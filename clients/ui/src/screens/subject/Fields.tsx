// What does a record hold? The fields as a tree, which a keyboard walks as such.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { type Usage, usage } from "../../api/lineage";
import { countFields, type FieldNode, fieldsOf, filterFields, rowsOf, sinceOf } from "../../model/fields";
import { names, version } from "../../model/format";
import { readersOf } from "../../model/usage";
import { Button, SearchBox } from "../../parts/Controls";
import { Pill, TagChip } from "../../parts/Pill";
import { Empty } from "../../parts/States";
import { useText } from "../../parts/useText";
import { useWalk } from "../../parts/useWalk";
import { contracts as td } from "../../strings-contracts";
import { useCurrent } from "./current";

const route = getRouteApi("/subjects/$subject");
/** What consumers say counts however long ago they said it; in so many days something was seen, too. */
const DAYS = 7;

export function Fields() {
  const { subject, current, all } = useCurrent();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const fields = useMemo(
    () => fieldsOf(current?.schemaType ?? "AVRO", current?.schema ?? "", current?.metadata?.tags),
    [current],
  );
  const since = useMemo(
    () => sinceOf(all.filter((one) => current && one.version <= current.version && (!one.deleted || one === current))),
    [all, current],
  );
  // Nobody waits for it: it is told when it comes, and left out where it can't be had.
  const declared = useQuery({ ...usage(subject, DAYS), refetchInterval: false }).data?.declaredReaders ?? NOBODY;
  const [words, setWords] = useText(
    q ?? "",
    (next) => void navigate({ to: ".", search: (old) => ({ ...old, q: next || undefined }) as never, replace: true }),
  );
  const shown = useMemo(() => filterFields(fields ?? [], words), [fields, words]);
  if (!fields) {
    return (
      <Empty title={td.fields.unreadable}>
        <p className="muted">{td.fields.unreadableHow}</p>
      </Empty>
    );
  }
  if (!fields.length) return <Empty title={td.fields.none} />;
  return (
    <Tree fields={shown} since={since} declared={declared}>
      <SearchBox inputId="page-search" label={td.fields.search} value={words} onChange={setWords} />
      <p className="count" role="status">
        {words ? td.fields.found(countFields(shown), countFields(fields)) : td.fields.count(countFields(fields))}
      </p>
    </Tree>
  );
}

const NOBODY: Usage["declaredReaders"] = [];
/** How many fields are shown opened; larger trees begin with their first level. */
const OPEN_UP_TO = 120;

/** `children` stand before what opens and closes all of it. */
type TreeProps = {
  fields: FieldNode[];
  since: Map<string, number>;
  declared: Usage["declaredReaders"];
  children: ReactNode;
};

function Tree({ fields, since, declared, children }: TreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(
    () => new Set(countFields(fields) > OPEN_UP_TO ? inner(fields) : []),
  );
  const rows = rowsOf(fields, closed);
  const toggle = (path: string, isOpen: boolean) =>
    setClosed((old) => {
      const next = new Set(old);
      if (isOpen) next.delete(path);
      else next.add(path);
      return next;
    });
  const { place, onKeyDown, rowProps } = useWalk(
    rows.map(({ node: { path }, parent, hasChildren }) => ({
      path,
      parent,
      isOpen: hasChildren ? !closed.has(path) : undefined,
    })),
    toggle,
  );
  const all = inner(fields);
  return (
    <>
      <div className="filters">
        {children}
        {all.length > 0 && (
          <div className="row-actions">
            <Button kind="quiet" onPress={() => setClosed(new Set())}>
              {td.fields.openAll}
            </Button>
            <Button kind="quiet" onPress={() => setClosed(new Set(all))}>
              {td.fields.closeAll}
            </Button>
          </div>
        )}
      </div>
      <div className="tree" role="treegrid" aria-label={td.fields.tree} ref={place} onKeyDown={onKeyDown} tabIndex={-1}>
        <div role="row" className="tree-row head">
          <span role="columnheader">{td.fields.field}</span>
          <span role="columnheader">{td.fields.type}</span>
          <span role="columnheader">{td.fields.about}</span>
        </div>
        {rows.map(({ node, depth, hasChildren }) => {
          const isOpen = !closed.has(node.path);
          const readers = readersOf(declared, node.path);
          return (
            <div
              key={node.path}
              role="row"
              aria-level={depth + 1}
              {...(hasChildren ? { "aria-expanded": isOpen } : {})}
              className="tree-row"
              {...rowProps(node.path)}
            >
              <span role="gridcell" className="tree-name" style={{ paddingInlineStart: `${12 + depth * 20}px` }}>
                {hasChildren ? (
                  <button
                    type="button"
                    tabIndex={-1}
                    className="twist"
                    data-open={isOpen}
                    onClick={() => toggle(node.path, !isOpen)}
                    aria-label={isOpen ? td.fields.close(node.name) : td.fields.open(node.name)}
                  >
                    <ChevronRight size={15} aria-hidden />
                  </button>
                ) : (
                  <span className="twist" />
                )}
                <span className="mono">{node.name}</span>
              </span>
              <span role="gridcell" className="tree-type">
                <span className="mono">{node.type}</span>
                {node.optional && <span className="fine">{td.fields.optional}</span>}
              </span>
              <span role="gridcell" className="tree-about">
                {node.tags.map((tag) =>
                  tag.startsWith("oneof ") ? <Pill key={tag}>{tag}</Pill> : <TagChip key={tag} name={tag} />,
                )}
                {node.default !== undefined && (
                  <span className="fine">
                    {td.fields.default} <code>{node.default}</code>
                  </span>
                )}
                {since.has(node.path) && (
                  <span className="fine">{td.fields.since(version(since.get(node.path) ?? 0))}</span>
                )}
                {readers.length > 0 && (
                  <span className="fine" title={td.fields.readBy(names(readers))}>
                    {td.fields.read(readers.length)}
                  </span>
                )}
                {node.doc && <span className="muted">{node.doc}</span>}
              </span>
            </div>
          );
        })}
      </div>
    </>
  );
}

/** Paths of all fields that have others in them. */
function inner(fields: FieldNode[]): string[] {
  return fields.flatMap((field) => (field.children.length ? [field.path, ...inner(field.children)] : []));
}
