// What belongs to a version beside its shape, as one writes it: properties, tags, rules? What is sent of it, and what is not right yet?
import type { components } from "../api/schema";
import { contract as tc } from "../strings-editor";

export type Rule = components["schemas"]["Rule"];
export type RuleSet = components["schemas"]["RuleSet"];
export type Metadata = components["schemas"]["Metadata"];
export const SETS = ["domainRules", "migrationRules", "encodingRules"] as const;
export type SetName = (typeof SETS)[number];
type Mode = NonNullable<Rule["mode"]>;

/** Lists are kept as they are typed, so that half a word is not taken away. */
export type RuleRow = { set: SetName; rule: Rule; tags: string; params: string };
export type PropertyRow = { name: string; value: string; isSensitive: boolean };
export type TagRow = { pattern: string; tags: string };
export type ContractDraft = {
  owner: string;
  description: string;
  properties: PropertyRow[];
  tags: TagRow[];
  rules: RuleRow[];
  enableAt: string;
};

export type Contracted = { metadata?: Metadata | undefined; ruleSet?: RuleSet | undefined };

/** Which modes a list takes. */
export const MODES: Record<SetName, Mode[]> = {
  domainRules: ["WRITE", "READ", "WRITEREAD"],
  migrationRules: ["UPGRADE", "DOWNGRADE", "UPDOWN"],
  encodingRules: ["WRITE", "READ", "WRITEREAD"],
};
export const TYPES = ["CEL", "CEL_FIELD", "JSONATA", "ENCRYPT", "ENCRYPT_PAYLOAD"];
const TWO_WAYS = new Set<Mode>(["WRITEREAD", "UPDOWN"]);
const LONGEST_NAME = 256;
/** The two that have fields of their own. */
const NAMED = new Set(["owner", "description"]);

export const modeOf = (rule: Rule): Mode => rule.mode ?? "WRITEREAD";
export const isPair = (rule: Rule) => TWO_WAYS.has(modeOf(rule));
const words = (text: string) => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

/** What somebody begins with. */
export function contractFrom(of: Contracted | undefined): ContractDraft {
  const properties = of?.metadata?.properties ?? {};
  const sensitive = new Set(of?.metadata?.sensitive ?? []);
  return {
    owner: properties.owner ?? "",
    description: properties.description ?? "",
    properties: Object.entries(properties)
      .filter(([name]) => !NAMED.has(name))
      .map(([name, value]) => ({ name, value, isSensitive: sensitive.has(name) })),
    tags: Object.entries(of?.metadata?.tags ?? {}).map(([pattern, tags]) => ({ pattern, tags: tags.join(" ") })),
    rules: SETS.flatMap((set) => (of?.ruleSet?.[set] ?? []).map((rule) => rowOf(set, rule))),
    enableAt: of?.ruleSet?.enableAt ?? "",
  };
}

function rowOf(set: SetName, { tags = [], params = {}, ...rule }: Rule): RuleRow {
  const lines = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  return { set, rule, tags: tags.join(" "), params: lines.join("\n") };
}

/** A rule to begin with, by a name that is free. */
export function newRule(set: SetName, rules: RuleRow[]): RuleRow {
  const used = new Set(rules.map((one) => one.rule.name));
  let place = rules.length + 1;
  while (used.has(`rule-${place}`)) place += 1;
  const isMigration = set === "migrationRules";
  const rule: Rule = isMigration
    ? { name: `rule-${place}`, kind: "TRANSFORM", type: "JSONATA", mode: "UPGRADE", expr: "", disabled: false }
    : {
        name: `rule-${place}`,
        kind: "CONDITION",
        type: "CEL",
        mode: "WRITE",
        expr: "",
        onFailure: "ERROR",
        disabled: false,
      };
  return { set, rule, tags: "", params: "" };
}

/** One place earlier among those of its list, whose order counts. */
export function earlier(rules: RuleRow[], index: number): RuleRow[] {
  const one = rules[index];
  const before = rules.findLastIndex((other, place) => place < index && other.set === one?.set);
  const other = rules[before];
  if (!one || !other) return rules;
  return rules.map((row, place) => (place === before ? one : place === index ? other : row));
}

export function metadataFrom(draft: ContractDraft): Metadata | undefined {
  const named = [
    ["owner", draft.owner.trim()],
    ["description", draft.description.trim()],
  ].filter(([, value]) => value);
  const rows = draft.properties.filter((one) => one.name.trim());
  const properties = Object.fromEntries([...named, ...rows.map((one) => [one.name.trim(), one.value])]);
  const tags = Object.fromEntries(
    draft.tags.map((one) => [one.pattern.trim(), words(one.tags)] as const).filter(([at, some]) => at && some.length),
  );
  const sensitive = rows.filter((one) => one.isSensitive).map((one) => one.name.trim());
  const found: Metadata = {
    ...(Object.keys(properties).length ? { properties } : {}),
    ...(Object.keys(tags).length ? { tags } : {}),
    ...(sensitive.length ? { sensitive } : {}),
  };
  return Object.keys(found).length ? found : undefined;
}

export function ruleOf({ rule, tags, params }: RuleRow): Rule {
  const named = paramsOf(params).flatMap((one) => (one ? [one] : []));
  const some = words(tags);
  const { onSuccess, doc, expr, ...rest } = rule;
  return {
    ...rest,
    name: rule.name.trim(),
    type: rule.type.trim(),
    ...(doc?.trim() ? { doc: doc.trim() } : {}),
    ...(expr?.trim() ? { expr } : {}),
    ...(onSuccess?.trim() ? { onSuccess: onSuccess.trim() } : {}),
    ...(some.length ? { tags: some } : {}),
    ...(named.length ? { params: Object.fromEntries(named) } : {}),
  };
}

export function ruleSetFrom(draft: ContractDraft): RuleSet | undefined {
  const lists = SETS.flatMap((set) => {
    const rules = draft.rules.filter((one) => one.set === set).map(ruleOf);
    return rules.length ? [[set, rules] as const] : [];
  });
  if (!lists.length && !draft.enableAt) return undefined;
  return { ...Object.fromEntries(lists), ...(draft.enableAt ? { enableAt: draft.enableAt } : {}) } as RuleSet;
}

/** The name and value of each line; undefined for one that has no `=`. */
function paramsOf(text: string): ([string, string] | undefined)[] {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const at = line.indexOf("=");
      return at > 0 && line.slice(0, at).trim() ? [line.slice(0, at).trim(), line.slice(at + 1).trim()] : undefined;
    });
}

/** With all keys in order and nothing that is empty or goes without saying: what is the same is written the same. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, one]) => [name, canonical(one)] as const)
    .filter(([, one]) => one !== undefined && one !== null && !isEmpty(one));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
const isEmpty = (value: unknown) => typeof value === "object" && value !== null && !Object.keys(value).length;

/** Members that mean the same when they are absent. */
function whole(rule: Rule): Rule {
  const said = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== "")) as Rule;
  const disabled = Boolean(rule.disabled);
  return { ...said, kind: rule.kind ?? "TRANSFORM", mode: modeOf(rule), disabled, tags: [...(rule.tags ?? [])].sort() };
}

function inOrder({ metadata, ruleSet }: Contracted): { metadata: unknown; ruleSet: unknown } {
  const tags = Object.entries(metadata?.tags ?? {}).map(([at, some]) => [at, [...some].sort()]);
  return {
    metadata: canonical({
      ...metadata,
      tags: Object.fromEntries(tags),
      sensitive: [...(metadata?.sensitive ?? [])].sort(),
    }),
    ruleSet: canonical({
      ...Object.fromEntries(SETS.map((set) => [set, ruleSet?.[set]?.map(whole)])),
      enableAt: ruleSet?.enableAt,
    }),
  };
}

/** What has to be sent: a version takes over what the latest one has, unless something else comes with it. */
export function sentOf(draft: ContractDraft, latest: Contracted | undefined): Contracted {
  const now = { metadata: metadataFrom(draft), ruleSet: ruleSetFrom(draft) };
  const [mine, theirs] = [inOrder(now), inOrder(latest ?? {})];
  const isSame = (name: "metadata" | "ruleSet") => JSON.stringify(mine[name]) === JSON.stringify(theirs[name]);
  return {
    ...(isSame("metadata") ? {} : { metadata: now.metadata ?? {} }),
    ...(isSame("ruleSet") ? {} : { ruleSet: now.ruleSet ?? {} }),
  };
}

export type Fault = { of: "rule" | "property" | "tag"; index: number; member: string; message: string };

/** What the server would refuse, or what can't be told apart; found before it is asked. */
export function faultsOf(draft: ContractDraft): Fault[] {
  const faults: Fault[] = [];
  const seen = { rule: new Set<string>(), property: new Set(NAMED), tag: new Set<string>() };
  const once = (of: Fault["of"], index: number, member: string, name: string) => {
    if (name && seen[of].has(name)) faults.push({ of, index, member, message: tc.fault.twice });
    seen[of].add(name);
  };
  for (const [index, row] of draft.rules.entries()) {
    const say = (member: string, message: string) => faults.push({ of: "rule", index, member, message });
    const name = row.rule.name.trim();
    if (!/^[\p{Alphabetic}_][\p{Alphabetic}\p{N}_-]*$/u.test(name)) say("name", tc.fault.name);
    else if ([...name].length > LONGEST_NAME) say("name", tc.fault.longName);
    once("rule", index, "name", name);
    if (!row.rule.type.trim()) say("type", tc.fault.type);
    if (!MODES[row.set].includes(modeOf(row.rule))) say("mode", tc.fault.mode);
    if (row.rule.kind === "CONDITION" && row.rule.type.startsWith("CEL") && !row.rule.expr?.trim())
      say("expr", tc.fault.expr);
    if (!isPair(row.rule) && row.rule.onFailure?.includes(",")) say("onFailure", tc.fault.pair);
    if (!isPair(row.rule) && row.rule.onSuccess?.includes(",")) say("onSuccess", tc.fault.pair);
    if (paramsOf(row.params).includes(undefined)) say("params", tc.fault.params);
  }
  for (const [index, { name, value }] of draft.properties.entries()) {
    if (!name.trim() && value) faults.push({ of: "property", index, member: "name", message: tc.fault.nameless });
    once("property", index, "name", name.trim());
  }
  for (const [index, { pattern, tags }] of draft.tags.entries()) {
    if (!pattern.trim() && tags.trim())
      faults.push({ of: "tag", index, member: "pattern", message: tc.fault.nameless });
    once("tag", index, "pattern", pattern.trim());
  }
  return faults;
}

/** Where faults are, in words. */
export function faultyNames(draft: ContractDraft, faults: Fault[]): string[] {
  const say = ({ of, index }: Fault) =>
    of === "rule"
      ? tc.ruleOf(draft.rules[index]?.set ?? "domainRules", draft.rules[index]?.rule.name.trim() || `${index + 1}`)
      : of === "property"
        ? tc.property(draft.properties[index]?.name.trim() || `${index + 1}`)
        : tc.tagsOf(draft.tags[index]?.pattern.trim() || `${index + 1}`);
  return [...new Set(faults.map(say))];
}

export type ContractChange = {
  kind: "added" | "removed" | "changed";
  what: string;
  members: { name: string; before: string; after: string }[];
};

/** What becomes different, one entry for each property, pattern and rule. */
export function changesOf(before: Contracted | undefined, after: Contracted): ContractChange[] {
  const secret = new Set([...(before?.metadata?.sensitive ?? []), ...(after.metadata?.sensitive ?? [])]);
  const show = (name: string, value: string | undefined) => (value && secret.has(name) ? tc.hidden : (value ?? ""));
  const found: ContractChange[] = [];
  const compare = <T>(
    [old, now]: [Record<string, T> | undefined, Record<string, T> | undefined],
    what: (name: string) => string,
    members: (name: string, old: T | undefined, now: T | undefined) => ContractChange["members"],
  ) => {
    for (const name of [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])]) {
      const [one, other] = [old?.[name], now?.[name]];
      if (JSON.stringify(canonical(one)) === JSON.stringify(canonical(other))) continue;
      const kind = one === undefined ? "added" : other === undefined ? "removed" : "changed";
      found.push({ kind, what: what(name), members: members(name, one, other) });
    }
  };
  compare([before?.metadata?.properties, after.metadata?.properties], tc.property, (name, old, now) => [
    { name: "", before: show(name, old), after: show(name, now) },
  ]);
  compare([before?.metadata?.tags, after.metadata?.tags], tc.tagsOf, (_, old, now) => [
    { name: "", before: (old ?? []).join(", "), after: (now ?? []).join(", ") },
  ]);
  const flags = (of: Contracted | undefined) =>
    Object.fromEntries((of?.metadata?.sensitive ?? []).map((one) => [one, one]));
  compare([flags(before), flags(after)], tc.sensitiveOf, () => []);
  for (const set of SETS) {
    const named = (of: Contracted | undefined) =>
      Object.fromEntries((of?.ruleSet?.[set] ?? []).map((rule) => [rule.name, whole(rule)]));
    compare([named(before), named(after)], (name) => tc.ruleOf(set, name), ruleMembers);
    const order = (of: Contracted | undefined) => (of?.ruleSet?.[set] ?? []).map((one) => one.name);
    const [old, now] = [order(before), order(after)];
    const both = (some: string[], others: string[]) => some.filter((one) => others.includes(one)).join(", ");
    if (both(old, now) !== both(now, old))
      found.push({
        kind: "changed",
        what: tc.orderOf(set),
        members: [{ name: "", before: old.join(", "), after: now.join(", ") }],
      });
  }
  const at = { before: before?.ruleSet?.enableAt ?? "", after: after.ruleSet?.enableAt ?? "" };
  if (at.before !== at.after) found.push({ kind: "changed", what: tc.enableAt, members: [{ name: "", ...at }] });
  return found;
}

const MEMBERS = [
  "doc",
  "kind",
  "type",
  "mode",
  "expr",
  "onSuccess",
  "onFailure",
  "tags",
  "params",
  "disabled",
] as const;

function ruleMembers(_: string, old: Rule | undefined, now: Rule | undefined): ContractChange["members"] {
  const say = (value: unknown) =>
    value === undefined || value === false
      ? ""
      : Array.isArray(value)
        ? value.join(", ")
        : typeof value === "object" && value !== null
          ? Object.entries(value)
              .map(([name, one]) => `${name}=${one}`)
              .join(", ")
          : String(value);
  // Of one that goes its name says enough.
  if (!now) return [];
  return MEMBERS.map((name) => ({ name: tc.members[name], before: say(old?.[name]), after: say(now[name]) })).filter(
    (one) => one.before !== one.after,
  );
}

/** What the server says beside having taken a version; each of them is a header, and headers of one name come as one text. */
export function warningsOf(header: string | null): string[] {
  return (header ?? "")
    .split(/, (?=rule ')/)
    .map((one) => one.charAt(0).toUpperCase() + one.slice(1))
    .filter(Boolean);
}

/** What may lie in the browser: values that are secret are left out. */
export function storable(draft: ContractDraft): ContractDraft {
  return { ...draft, properties: draft.properties.map((one) => (one.isSensitive ? { ...one, value: "" } : one)) };
}

/** A kept one, with the secret values that the version has which it began with. Nothing where it is none. */
export function restored(kept: unknown, start: ContractDraft): ContractDraft | undefined {
  const one = kept as Partial<ContractDraft> | undefined;
  const lists = [one?.properties, one?.tags, one?.rules];
  if (!one || lists.some((list) => !Array.isArray(list))) return undefined;
  const known = new Map(start.properties.map(({ name, value }) => [name, value]));
  const some = one as ContractDraft;
  return {
    owner: String(some.owner ?? ""),
    description: String(some.description ?? ""),
    properties: some.properties.map((row) =>
      row.isSensitive && !row.value ? { ...row, value: known.get(row.name) ?? "" } : row,
    ),
    tags: some.tags,
    rules: some.rules.filter(
      (row) => SETS.includes(row?.set) && typeof row.rule?.name === "string" && row.rule.type !== undefined,
    ),
    enableAt: String(some.enableAt ?? ""),
  };
}
