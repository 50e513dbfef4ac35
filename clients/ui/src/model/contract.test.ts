// Is what belongs to a version read, sent and told apart as the server does it?
import { describe, expect, test } from "vitest";
import {
  type Contracted,
  changesOf,
  contractFrom,
  earlier,
  faultsOf,
  faultyNames,
  metadataFrom,
  newRule,
  restored,
  ruleSetFrom,
  sentOf,
  storable,
  warningsOf,
} from "./contract";

const condition = { name: "positive", kind: "CONDITION", type: "CEL", mode: "WRITE", expr: "message.a > 0" } as const;
const latest = {
  metadata: {
    properties: { owner: "team", description: "What it is.", "dlq.topic": "bad", key: "abc" },
    tags: { "$.a": ["PII", "GDPR"] },
    sensitive: ["key"],
  },
  ruleSet: {
    domainRules: [
      { ...condition, disabled: false },
      { name: "seal", type: "ENCRYPT", tags: ["PII"], params: { "encrypt.kek.name": "k=1" }, disabled: false },
    ],
  },
} as unknown as Contracted;

describe("what is sent", () => {
  test("is nothing while nothing is changed, however it is written", () => {
    const draft = contractFrom(latest);
    expect(sentOf(draft, latest)).toEqual({});
    expect(sentOf({ ...draft, tags: [{ pattern: " $.a ", tags: "GDPR,  PII" }] }, latest)).toEqual({});
    expect(sentOf({ ...draft, properties: [...draft.properties].reverse() }, latest)).toEqual({});
    expect(sentOf(contractFrom(undefined), undefined)).toEqual({});
  });

  test("is all of the part that was changed, since it takes the place of the one before", () => {
    const draft = contractFrom(latest);
    const sent = sentOf({ ...draft, owner: "others" }, latest);
    expect(sent.ruleSet).toBeUndefined();
    expect(sent.metadata).toEqual({
      properties: { owner: "others", description: "What it is.", "dlq.topic": "bad", key: "abc" },
      tags: { "$.a": ["PII", "GDPR"] },
      sensitive: ["key"],
    });
    const [first, ...rest] = draft.rules;
    if (!first) throw new Error("there is a rule");
    const off = sentOf({ ...draft, rules: [{ ...first, rule: { ...first.rule, disabled: true } }, ...rest] }, latest);
    expect(off.metadata).toBeUndefined();
    expect(off.ruleSet?.domainRules?.map((one) => one.disabled)).toEqual([true, false]);
    expect(off.ruleSet?.domainRules?.[1]).toMatchObject({ tags: ["PII"], params: { "encrypt.kek.name": "k=1" } });
  });

  test("is an empty one where all is taken away: an absent one would be inherited", () => {
    const none = { ...contractFrom(undefined) };
    expect(sentOf(none, latest)).toEqual({ metadata: {}, ruleSet: {} });
    expect(metadataFrom(none)).toBeUndefined();
    expect(ruleSetFrom(none)).toBeUndefined();
  });

  test("is told apart from the latest, not from what one began with", () => {
    const older = { metadata: { properties: { owner: "before" } } };
    expect(sentOf(contractFrom(older), latest).metadata).toEqual({ properties: { owner: "before" } });
  });

  test("follows the order of rules, which counts", () => {
    const draft = contractFrom(latest);
    const moved = { ...draft, rules: earlier(draft.rules, 1) };
    expect(sentOf(moved, latest).ruleSet?.domainRules?.map((one) => one.name)).toEqual(["seal", "positive"]);
    expect(earlier(draft.rules, 0)).toEqual(draft.rules);
    const mixed = [...draft.rules, newRule("migrationRules", draft.rules)];
    expect(earlier(mixed, 2)).toEqual(mixed);
  });
});

describe("what is not right yet", () => {
  const faulty = (change: (draft: ReturnType<typeof contractFrom>) => void) => {
    const draft = contractFrom(latest);
    change(draft);
    return faultsOf(draft).map((one) => `${one.of} ${one.index} ${one.member}`);
  };

  test("is nothing in what the server took", () => {
    expect(faulty(() => undefined)).toEqual([]);
  });

  // The same cases as in the server's contract.rs, which decides.
  test("is what the server would refuse", () => {
    const named = (name: string) => faulty(({ rules: [one] }) => one && Object.assign(one.rule, { name }));
    for (const name of ["check_1-a", "_x", "größe"]) expect(named(name)).toEqual([]);
    for (const name of ["1st", "", "-a", "a b", "x".repeat(257)]) expect(named(name)).toEqual(["rule 0 name"]);
    expect(named("seal")).toEqual(["rule 1 name"]);
    const first = (rule: object) => faulty(({ rules: [one] }) => one && Object.assign(one.rule, rule));
    expect(first({ mode: "UPGRADE" })).toEqual(["rule 0 mode"]);
    expect(first({ type: " " })).toEqual(["rule 0 type"]);
    expect(first({ expr: "" })).toEqual(["rule 0 expr"]);
    expect(first({ onFailure: "DLQ,NONE" })).toEqual(["rule 0 onFailure"]);
    expect(first({ onFailure: "DLQ,NONE", mode: "WRITEREAD" })).toEqual([]);
  });

  test("is a line without its half, and a name that is there twice", () => {
    expect(faulty(({ rules: [one] }) => one && Object.assign(one, { params: "a=b\nc" }))).toEqual(["rule 0 params"]);
    const property = { name: "owner", value: "x", isSensitive: false };
    expect(faulty((draft) => draft.properties.push(property))).toEqual(["property 2 name"]);
    expect(faulty((draft) => draft.properties.push({ ...property, name: "" }))).toEqual(["property 2 name"]);
    expect(faulty((draft) => draft.tags.push({ pattern: "$.a", tags: "PII" }))).toEqual(["tag 1 pattern"]);
    const draft = contractFrom(latest);
    draft.rules[0] = { ...newRule("domainRules", []), params: "x" };
    expect(faultyNames(draft, faultsOf(draft))).toEqual(["Rule rule-1"]);
  });

  test("is not the name of a new rule", () => {
    const rules = contractFrom(latest).rules;
    rules.push(newRule("domainRules", rules));
    expect(newRule("domainRules", rules).rule.name).not.toBe(rules[2]?.rule.name);
  });
});

describe("what becomes different", () => {
  test("is told by property, pattern and rule, and secrets are not", () => {
    const after: Contracted = {
      metadata: { properties: { owner: "others", "dlq.topic": "bad", key: "xyz" }, tags: {}, sensitive: ["key"] },
      ruleSet: { domainRules: [{ ...condition, expr: "message.a > 1", disabled: true }] },
    };
    const changes = changesOf(latest, after);
    expect(changes.map((one) => `${one.kind} ${one.what}`)).toEqual([
      "changed Property owner",
      "removed Property description",
      "changed Property key",
      "removed Tags of $.a",
      "changed Rule positive",
      "removed Rule seal",
    ]);
    expect(changes[4]?.members).toEqual([
      { name: "expression", before: "message.a > 0", after: "message.a > 1" },
      { name: "turned off", before: "", after: "true" },
    ]);
    expect(JSON.stringify(changes)).not.toMatch(/abc|xyz/);
    expect(changesOf(latest, latest)).toEqual([]);
  });

  test("is the order, too", () => {
    const turned = { ...latest, ruleSet: { domainRules: [...(latest.ruleSet?.domainRules ?? [])].reverse() } };
    expect(changesOf(latest, turned).map((one) => one.what)).toEqual(["Order of the rules"]);
  });

  test("of a first version is all of it", () => {
    expect(changesOf(undefined, latest).every((one) => one.kind === "added")).toBe(true);
  });
});

test("a draft lies in the browser without what is secret, and gets it back from its version", () => {
  const start = contractFrom(latest);
  const kept = JSON.stringify(storable({ ...start, owner: "typed" }));
  expect(kept).not.toContain("abc");
  expect(restored(JSON.parse(kept), start)).toEqual({ ...start, owner: "typed" });
  for (const wrong of [undefined, null, {}, { properties: [], tags: [] }])
    expect(restored(wrong, start)).toBeUndefined();
});

test("warnings are told one by one, though they come as one text", () => {
  expect(warningsOf(null)).toEqual([]);
  expect(warningsOf("rule 'a': expecting {'[', '('}, rule 'b', at character 3: no")).toEqual([
    "Rule 'a': expecting {'[', '('}",
    "Rule 'b', at character 3: no",
  ]);
});
