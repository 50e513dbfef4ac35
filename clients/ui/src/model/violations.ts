// What do violations say, all together and each in words?
import type { Violation } from "../api/queries";
import { t } from "../strings";
import { csvOf } from "./csv";
import { number } from "./format";

/** Whether the key or the value is at fault; reasons begin with it. */
export function side(reason: string): "key" | "value" | undefined {
  return /^(key|value): /.exec(reason)?.[1] as "key" | "value" | undefined;
}

/** The reason as a sentence, without the part of the record that it begins with. */
export function plainReason(one: { rule: string; reason: string }): string {
  const text = one.reason.replace(/^(key|value): /, "") || ruleName(one.rule);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The gate's own rules have names that say what they are; those of contracts have their own. */
export function ruleName(rule: string): string {
  return (t.violation.own as Record<string, string>)[rule] ?? rule;
}

export function values(rows: Violation[], name: "topic" | "rule" | "clientId"): string[] {
  return [...new Set(rows.map((one) => one[name]))].filter(Boolean).sort();
}

/** The hours of several groups as one. */
export function sumOfTrends(rows: Pick<Violation, "trend">[]): Violation["trend"] {
  const found = new Map<string, number>();
  for (const { trend } of rows)
    for (const { hour, records } of trend) found.set(hour, (found.get(hour) ?? 0) + records);
  return [...found].map(([hour, records]) => ({ hour, records })).sort((a, b) => a.hour.localeCompare(b.hour));
}

/** Who sends most of what is wrong, if it is most. */
export function answer(rows: Violation[], range: string, isMore: boolean): string {
  if (!rows.length) return t.violations.noneAnswer(range);
  const records = rows.reduce((sum, one) => sum + one.records, 0);
  const acted = rows.reduce((sum, one) => sum + one.acted, 0);
  const byProducer = new Map<string, number>();
  for (const one of rows) byProducer.set(one.clientId, (byProducer.get(one.clientId) ?? 0) + one.records);
  const [worst] = [...byProducer].sort((a, b) => b[1] - a[1]);
  return t.violations.answer({
    groups: `${number(rows.length)}${isMore ? "+" : ""}`,
    isOne: rows.length === 1 && !isMore,
    records: number(records),
    acted: number(acted),
    range,
    worst: worst?.[0] ?? "",
    share: (worst?.[1] ?? 0) / records,
  });
}

export function csv(rows: Violation[]): string {
  const head = ["id", "cluster", "topic", "rule", "path", "reason", "client", "principal", "records", "acted"];
  return csvOf([
    [...head, "first_seen", "last_seen", "state"],
    ...rows.map((one) => [
      one.id,
      one.cluster,
      one.topic,
      one.rule,
      one.path,
      one.reason,
      one.clientId,
      one.principal ?? "",
      one.records,
      one.acted,
      one.firstSeen,
      one.lastSeen,
      one.state,
    ]),
  ]);
}
