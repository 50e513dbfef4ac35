// What does an explained change look like as a tree, and which levels does each part of it pass?
import type { components } from "../api/schema";
import type { FieldNode } from "./fields";

export type Explanation = components["schemas"]["Explanation"];
export type Change = components["schemas"]["Change"];
export type Finding = components["schemas"]["Finding"];
export type Level = components["schemas"]["Level"];
export type Verdict = "safe" | "info" | "warning" | "error";

const RANK: Verdict[] = ["safe", "info", "warning", "error"];
const worst = (...verdicts: Verdict[]): Verdict =>
  RANK[Math.max(...verdicts.map((one) => RANK.indexOf(one)))] ?? "safe";

/** What a level makes of a change: readers before or after it, or both. */
export function verdictUnder(change: Change, level: Level): Verdict {
  const backward = change.backward.verdict;
  const forward = change.forward.verdict;
  if (level.startsWith("BACKWARD")) return backward;
  if (level.startsWith("FORWARD")) return forward;
  return level === "NONE" ? "safe" : worst(backward, forward);
}

/** The findings of a change that a level looks at come first; each one once. */
export function findingsOf(change: Change, explanation: Explanation): Finding[] {
  const places = [...(change.backward.findings ?? []), ...(change.forward.findings ?? [])];
  const found = [...new Set(places)].map((place) => explanation.findings[place]).filter((one) => one !== undefined);
  const isAsked = (finding: Finding) => Number(directions(explanation.compatibility).includes(finding.direction));
  return found.sort((a, b) => isAsked(b) - isAsked(a) || RANK.indexOf(b.severity) - RANK.indexOf(a.severity));
}

export function directions(level: Level): ("BACKWARD" | "FORWARD")[] {
  if (level === "NONE") return [];
  if (level.startsWith("BACKWARD")) return ["BACKWARD"];
  return level.startsWith("FORWARD") ? ["FORWARD"] : ["BACKWARD", "FORWARD"];
}

/** Changes that the level refuses first, then what only others refuse, then the rest; each kind in the order of the text. */
export function ranked(explanation: Explanation): Change[] {
  const weight = (change: Change) =>
    RANK.indexOf(verdictUnder(change, explanation.compatibility)) * 10 + RANK.indexOf(verdictUnder(change, "FULL"));
  return explanation.changes
    .map((change, index) => ({ change, index }))
    .sort((a, b) => weight(b.change) - weight(a.change) || a.index - b.index)
    .map(({ change }) => change);
}

export function breaking(explanation: Explanation): Change[] {
  return explanation.changes.filter((change) => verdictUnder(change, explanation.compatibility) === "error");
}

export type Mark = "same" | "added" | "removed" | "changed";
export type MergedNode = {
  before: FieldNode | undefined;
  after: FieldNode | undefined;
  mark: Mark;
  changes: Change[];
  children: MergedNode[];
};

/** Both versions as one tree: the new order, with what is gone where it was. */
export function merged(before: FieldNode[], after: FieldNode[], changes: Change[]): MergedNode[] {
  const byPath = new Map<string, Change[]>();
  for (const change of changes) {
    const path = plain(change.path ?? "");
    byPath.set(path, [...(byPath.get(path) ?? []), change]);
  }
  return mergeLists(before, after, byPath);
}

function mergeLists(before: FieldNode[], after: FieldNode[], changes: Map<string, Change[]>): MergedNode[] {
  const olds = new Map(before.map((node) => [node.name, node]));
  const taken = new Set<string>();
  const nodes: MergedNode[] = after.map((node) => {
    const own = changes.get(plain(node.path)) ?? [];
    const renamedFrom = own
      .find((change) => change.kind === "renamed")
      ?.facets?.find((facet) => facet.name === "name")?.old;
    const old = olds.get(node.name) ?? (renamedFrom ? olds.get(renamedFrom) : undefined);
    if (old) taken.add(old.name);
    return pair(old, node, own, changes);
  });
  before.forEach((node, index) => {
    if (taken.has(node.name) || after.some((one) => one.name === node.name)) return;
    const gone = pair(node, undefined, changes.get(plain(node.path)) ?? [], changes);
    const neighbour = before[index - 1]?.name;
    const place = nodes.findIndex((one) => (one.before ?? one.after)?.name === neighbour);
    nodes.splice(place + 1, 0, gone);
  });
  return nodes;
}

function pair(
  before: FieldNode | undefined,
  after: FieldNode | undefined,
  own: Change[],
  changes: Map<string, Change[]>,
): MergedNode {
  const children = mergeLists(before?.children ?? [], after?.children ?? [], changes);
  const mark: Mark = !before
    ? "added"
    : !after
      ? "removed"
      : own.length || before.type !== after.type
        ? "changed"
        : "same";
  return { before, after, mark, changes: own, children };
}

/** A path without the signs for items: a tree has one row for a list and what is in it. */
export const plain = (path: string) => path.replace(/\[\]|\{\}/g, "");

/** Paths of nodes that have no change in or below them. */
export function quiet(nodes: MergedNode[]): Set<string> {
  const found = new Set<string>();
  const walk = (node: MergedNode): boolean => {
    const below = node.children.map(walk).some(Boolean);
    const loud = below || node.mark !== "same";
    if (!loud) found.add((node.after ?? node.before)?.path ?? "");
    return loud;
  };
  nodes.forEach(walk);
  return found;
}

export const nodePath = (node: MergedNode) => (node.after ?? node.before)?.path ?? "";
