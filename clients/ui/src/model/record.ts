// What did a bad record look like, and where in it is something wrong?
import type { Violation, ViolationDetail } from "../api/queries";
import type { components } from "../api/schema";
import { plainReason, ruleName } from "./violations";

type Sample = Pick<ViolationDetail["samples"][number], "fields" | "path" | "tree">;
type Told = components["schemas"]["ViolationNode"];

export type RecordNode = {
  /** Unlike any other's of the same record. */
  id: string;
  name: string;
  /** From the whole record, with positions: `lines[2].price`. */
  path: string;
  /** What kind of value it is; empty where only what is in it is known. */
  mask: string;
  /** What it breaks. */
  rules: string[];
  children: RecordNode[];
  /** How many places in it are at fault, itself not counted. */
  faults: number;
  /** How many items of a list, or entries of a map, are not shown. */
  left: number;
};

/** The record as a tree, of which the first level is listed. The rule of the violation is what flat samples are at fault by. */
export function recordTree(sample: Sample, rule: string): RecordNode[] {
  if (!sample.tree && !sample.fields.length && !sample.path) return [];
  const whole = node(sample.tree ?? nested(sample, rule), "", "0");
  // The whole says nothing of itself, unless it is at fault or no record.
  return whole.rules.length || !whole.children.length ? [whole] : whole.children;
}

function node(told: Told, within: string, id: string): RecordNode {
  const path = !within || /^[[{]/.test(told.name) ? within + told.name : `${within}.${told.name}`;
  const children = (told.inner ?? []).map((inner, index) => node(inner, path, `${id}.${index}`));
  const size = Number(/^(?:list|map)\((\d+)\)$/.exec(told.mask)?.[1] ?? 0);
  return {
    id,
    name: told.name,
    path,
    mask: told.mask,
    rules: told.rules ?? [],
    children,
    faults: children.reduce((sum, one) => sum + one.faults + Number(one.rules.length > 0), 0),
    left: Math.max(0, size - children.length),
  };
}

/** Fields that are listed by their paths, as they are nested. What is at fault need not be there: then it is what is missing. */
function nested({ fields, path: fault }: Sample, rule: string): Told {
  const whole: Told = { name: "", mask: "" };
  const place = (path: string) => {
    let here = whole;
    for (const part of parts(path)) {
      here.inner ??= [];
      let inner = here.inner.find((one) => one.name === part);
      if (!inner) {
        inner = { name: part, mask: "" };
        here.inner.push(inner);
      }
      here = inner;
    }
    return here;
  };
  for (const { path, mask } of fields) place(path).mask = mask;
  if (fault) {
    const found = place(fault);
    found.rules = [rule];
    if (!found.mask && !found.inner) found.mask = "absent";
  }
  return whole;
}

/** `lines[0].sku` is lines, [0] and sku. */
export function parts(path: string): string[] {
  return path.match(/\[[^\]]*\]|\{[^}]*\}|[^.[\]{}]+/g) ?? [];
}

/** All of them, each before what is in it. */
export function flat(nodes: RecordNode[]): RecordNode[] {
  return nodes.flatMap((one) => [one, ...flat(one.children)]);
}

/** Records of more values than this begin with what leads to a fault. */
const OPEN_UP_TO = 40;

/** Which are opened to begin with: what is at fault is always seen. */
export function opened(nodes: RecordNode[]): string[] {
  const all = flat(nodes);
  return all
    .filter((one) => one.children.length > 0 && (one.faults > 0 || all.length <= OPEN_UP_TO))
    .map(({ id }) => id);
}

/** Ids of those that have others in them. */
export function inner(nodes: RecordNode[]): string[] {
  return flat(nodes)
    .filter((one) => one.children.length > 0)
    .map(({ id }) => id);
}

export type RecordRow = { node: RecordNode; depth: number; parent: string | undefined };

/** Those that are seen while so many are opened, one below the other. */
export function shown(nodes: RecordNode[], open: ReadonlySet<string>, depth = 0, parent?: string): RecordRow[] {
  return nodes.flatMap((node) => [
    { node, depth, parent },
    ...(open.has(node.id) ? shown(node.children, open, depth + 1, node.id) : []),
  ]);
}

/** A reason that is known for a rule at a place: of the violation that is looked at, or of another of the same topic. */
export type Reasons = (rule: string, path: string) => { text: string; violation: string | undefined };

export function reasons(own: Violation, others: Violation[]): Reasons {
  const rank = (one: Violation) => Number(one.id === own.id) * 2 + Number(one.clientId === own.clientId);
  const known = [own, ...others.filter(({ id }) => id !== own.id)].sort((a, b) => rank(b) - rank(a));
  return (rule, path) => {
    const of = known.filter((one) => one.rule === rule);
    // A rule of a contract says the same wherever it is broken; the gate's own speak of the place.
    const found =
      of.find((one) => unplaced(one.path) === unplaced(path)) ?? (rule.startsWith("tidegate.") ? undefined : of[0]);
    if (!found) return { text: ruleName(rule), violation: undefined };
    return { text: plainReason(found), violation: found.id === own.id ? undefined : found.id };
  };
}

const unplaced = (path: string) => path.replace(/\[\d*\]/g, "[]").replace(/\{\d*\}/g, "{}");

/** The same as JSON: the masks where the values were, and what is wrong with them. Items keep their positions. */
export function recordJson(nodes: RecordNode[], why: Reasons): string {
  const value = (one: RecordNode): unknown => (one.children.length ? members(one.children) : one.mask);
  const members = (some: RecordNode[]) => Object.fromEntries(some.map((one) => [one.name, value(one)]));
  const [only] = nodes;
  const faults = flat(nodes).flatMap((one) =>
    one.rules.map((rule) => ({ path: one.path, rule, reason: why(rule, one.path).text })),
  );
  return JSON.stringify({ record: only && !only.name ? value(only) : members(nodes), faults }, null, 2);
}
