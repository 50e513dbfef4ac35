// What did this record look like? As a tree that a keyboard walks, or as JSON; values are masked, what is at fault says why.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, ChevronRight, CircleHelp, EyeOff, TriangleAlert } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { type Violation, type ViolationDetail, violationsOf } from "../../api/queries";
import { useKeys } from "../../app/keys";
import {
  flat,
  inner,
  opened,
  type Reasons,
  type RecordNode,
  reasons,
  recordJson,
  recordTree,
  shown,
} from "../../model/record";
import { Button, CopyButton, IconButton, Segments } from "../../parts/Controls";
import { Pill } from "../../parts/Pill";
import { Skeleton } from "../../parts/States";
import { useWalk } from "../../parts/useWalk";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { gate } from "../../strings-gate";

const Code = lazy(() => import("../../code/Code"));

type Props = {
  of: ViolationDetail;
  sample: ViolationDetail["samples"][number];
  form: "tree" | "json";
  onForm: (form: "tree" | "json") => void;
};

export function BadRecord({ of, sample, form, onForm }: Props) {
  const nodes = useMemo(() => recordTree(sample, of.rule), [sample, of.rule]);
  const faults = useMemo(() => flat(nodes).filter((one) => one.rules.length > 0), [nodes]);
  // Why something else in the record is wrong is told by other violations of the topic.
  const isOther = faults.some((one) => one.rules.some((rule) => rule !== of.rule));
  const others = useQuery({ ...violationsOf(of.topic), enabled: isOther });
  const why = useMemo(() => reasons(of as Violation, others.data?.violations ?? []), [of, others.data]);
  const json = useMemo(() => recordJson(nodes, why), [nodes, why]);
  if (!nodes.length) return <p className="muted pad">{t.violation.unreadable}</p>;
  const bar = (
    <>
      <Segments
        label={gate.record.form}
        value={form}
        onChange={(value) => onForm(value === "json" ? "json" : "tree")}
        options={[
          { id: "tree", label: gate.record.tree },
          { id: "json", label: gate.record.json },
        ]}
      />
      <CopyButton text={json} label={gate.record.copy} />
    </>
  );
  if (form === "tree") return <Tree bar={bar} nodes={nodes} faults={faults} why={why} />;
  return (
    <>
      <div className="record-bar">{bar}</div>
      <Suspense fallback={<Skeleton rows={8} />}>
        <Code text={json} language="json" label={t.violation.record} />
      </Suspense>
    </>
  );
}

type TreeProps = { bar: ReactNode; nodes: RecordNode[]; faults: RecordNode[]; why: Reasons };

function Tree({ bar, nodes, faults, why }: TreeProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(opened(nodes)));
  useEffect(() => setOpen(new Set(opened(nodes))), [nodes]);
  const at = useRef(-1);
  const all = useMemo(() => inner(nodes), [nodes]);
  const rows = useMemo(() => shown(nodes, open), [nodes, open]);
  const toggle = (id: string, isOpen: boolean) =>
    setOpen((old) => new Set(isOpen ? [...old, id] : [...old].filter((one) => one !== id)));
  const { place, onKeyDown, go, rowProps } = useWalk(
    rows.map(({ node: { id, children }, parent }) => ({
      path: id,
      parent,
      isOpen: children.length ? open.has(id) : undefined,
    })),
    toggle,
  );
  const step = (by: number) => {
    at.current = (Math.max(at.current, by < 0 ? 0 : -1) + by + faults.length) % faults.length;
    const { id } = faults[at.current] ?? {};
    if (id === undefined) return;
    setOpen((old) => new Set([...old, ...all.filter((one) => id.startsWith(`${one}.`))]));
    // Not before it is there.
    requestAnimationFrame(() => go(id));
  };
  const keys = useMemo(() => ({ n: () => step(1), p: () => step(-1) }), [faults, all]);
  useKeys(keys);
  return (
    <>
      <div className="record-bar">
        {bar}
        <p className="muted">{gate.record.faults(faults.length)}</p>
        {faults.length > 1 && (
          <span className="row-actions">
            <IconButton label={gate.record.before} onPress={() => step(-1)}>
              <ArrowUp size={15} aria-hidden />
            </IconButton>
            <IconButton label={gate.record.next} onPress={() => step(1)}>
              <ArrowDown size={15} aria-hidden />
            </IconButton>
          </span>
        )}
        {all.length > 0 && (
          <span className="row-actions end">
            <Button kind="quiet" onPress={() => setOpen(new Set(all))}>
              {td.fields.openAll}
            </Button>
            <Button kind="quiet" onPress={() => setOpen(new Set())}>
              {td.fields.closeAll}
            </Button>
          </span>
        )}
      </div>
      <div
        className="record-tree"
        role="treegrid"
        aria-label={t.violation.record}
        ref={place}
        onKeyDown={onKeyDown}
        tabIndex={-1}
      >
        {rows.map(({ node, depth }) => {
          const isOpen = node.children.length ? open.has(node.id) : undefined;
          return (
            <div
              key={node.id}
              role="row"
              aria-level={depth + 1}
              {...(isOpen === undefined ? {} : { "aria-expanded": isOpen })}
              className="record-item"
              data-fault={node.rules.length > 0 || undefined}
              {...rowProps(node.id)}
            >
              <Row node={node} depth={depth} why={why} isOpen={isOpen} toggle={() => toggle(node.id, !isOpen)} />
            </div>
          );
        })}
      </div>
    </>
  );
}

type RowProps = { node: RecordNode; depth: number; why: Reasons; isOpen: boolean | undefined; toggle: () => void };

function Row({ node, depth, why, isOpen, toggle }: RowProps) {
  const hidden = isOpen ? 0 : node.faults;
  return (
    <div role="gridcell" className="record-row" style={{ paddingInlineStart: `${4 + depth * 20}px` }}>
      {isOpen === undefined ? (
        <span className="twist" />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          className="twist"
          data-open={isOpen}
          onClick={toggle}
          aria-label={(isOpen ? td.fields.close : td.fields.open)(node.name || gate.record.whole)}
        >
          <ChevronRight size={15} aria-hidden />
        </button>
      )}
      <Name name={node.name} />
      <Mask node={node} />
      {node.left > 0 && isOpen && <span className="fine">{gate.record.left(node.left)}</span>}
      {hidden > 0 && (
        <Pill tone="bad" icon={TriangleAlert}>
          {gate.record.inside(hidden)}
        </Pill>
      )}
      {node.rules.length > 0 && (
        <span className="faults">
          {node.rules.map((rule) => (
            <Fault key={rule} {...why(rule, node.path)} />
          ))}
          {node.path && <CopyButton text={node.path} label={gate.record.copyPath} />}
        </span>
      )}
    </div>
  );
}

/** Entries of maps, and members that the schema does not know, have names that are content. */
function Name({ name }: { name: string }) {
  if (!name) return <span className="muted">{gate.record.whole}</span>;
  const entry = /^\{(\d+)\}$/.exec(name)?.[1];
  return entry === undefined ? (
    <span className="mono strong">{name}</span>
  ) : (
    <span className="muted" title={gate.record.entryMeans}>
      {gate.record.entry(Number(entry) + 1)}
    </span>
  );
}

function Mask({ node: { mask } }: { node: RecordNode }) {
  switch (mask) {
    case "":
      return null;
    case "hidden":
      return (
        <Pill tone="pii" icon={EyeOff}>
          {t.violation.hidden}
        </Pill>
      );
    case "absent":
      return (
        <Pill tone="bad" icon={TriangleAlert}>
          {t.violation.missing}
        </Pill>
      );
    case "unreadable":
      return (
        <Pill tone="bad" icon={TriangleAlert}>
          {gate.record.unreadable}
        </Pill>
      );
    case "unknown":
      return (
        <Pill tone="warn" icon={CircleHelp}>
          {gate.record.unknown}
        </Pill>
      );
    default:
      return <span className="mono mask">{mask}</span>;
  }
}

function Fault({ text, violation }: { text: string; violation: string | undefined }) {
  return violation ? (
    <Link to="/violations/$id" params={{ id: violation }} className="fault">
      {text}
    </Link>
  ) : (
    <span className="fault">{text}</span>
  );
}
