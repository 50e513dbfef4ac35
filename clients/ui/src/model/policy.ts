// What does a policy say in plain words, and what is a new one?
import type { components } from "../api/schema";
import { gate } from "../strings-gate";

export type Definition = components["schemas"]["PolicyDefinition"];
export type Policy = components["schemas"]["Policy"];
export type Draft = Required<Omit<Definition, "deadLetterTopic">> & {
  deadLetterTopic: string;
  name: string;
  position: number | undefined;
};

export const FRESH: Draft = {
  name: "",
  position: undefined,
  topics: "",
  mode: "shadow",
  action: "reject",
  whenUndecidable: "closed",
  context: ".",
  subject: "topic_name",
  key: false,
  value: true,
  framing: "confluent",
  percent: 100,
  producers: [],
  deadLetterTopic: "",
  transforms: "leave",
  redrive: [],
};

export function draftOf(policy: Policy): Draft {
  const {
    version: _v,
    changedAt: _a,
    changedBy: _b,
    deadLetterTopic,
    ...rest
  } = policy as Policy & Required<Definition>;
  return { ...FRESH, ...rest, deadLetterTopic: deadLetterTopic ?? "" };
}

/** What is sent: empty texts are absences, and the name is that of the path. */
export function wishOf({ name: _, deadLetterTopic, position, ...rest }: Draft): components["schemas"]["PolicyWish"] {
  return {
    ...rest,
    ...(deadLetterTopic ? { deadLetterTopic } : {}),
    ...(position === undefined ? {} : { position }),
  } as components["schemas"]["PolicyWish"];
}

/** `Records of topics like orders.* are checked; a bad one is refused.` */
export function plainPolicy(
  policy: Pick<Definition, "topics" | "mode" | "action" | "percent" | "producers" | "key" | "value" | "framing">,
): string {
  const topics = policy.topics || "…";
  if (policy.mode === "off") return gate.policy.plain.off(topics);
  const parts =
    policy.key && policy.value
      ? gate.policy.plain.both
      : policy.key
        ? gate.policy.plain.keys
        : policy.value
          ? gate.policy.plain.values
          : gate.policy.plain.neither;
  const check = gate.policy.plain.check(parts, topics, policy.framing === "none");
  if (policy.mode === "shadow") return `${check} ${gate.policy.plain.shadow}`;
  const act = gate.policy.plain.actions[policy.action ?? "reject"];
  const whom = policy.producers?.length ? gate.policy.plain.only(policy.producers.join(", ")) : "";
  const share = (policy.percent ?? 100) < 100 ? gate.policy.plain.percent(policy.percent ?? 100) : "";
  return [check, act, whom, share].filter(Boolean).join(" ");
}

export type Difference = { name: string; before: string; after: string };

/** Members that two definitions do not share, as people would read them. */
export function differences(
  before: Partial<Definition> | undefined,
  after: Partial<Definition> | undefined,
): Difference[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])] as (keyof Definition)[];
  const say = (value: unknown) =>
    value === undefined || value === null ? "" : Array.isArray(value) ? value.join(", ") : String(value);
  return names
    .map((name) => ({ name, before: say(before?.[name]), after: say(after?.[name]) }))
    .filter((one) => one.before !== one.after);
}
