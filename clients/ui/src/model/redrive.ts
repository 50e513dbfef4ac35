// What became of bad records, and how do they come back once they are mended? As the policy of their topic, and their rule, say.
import type { components } from "../api/schema";

type Match = components["schemas"]["PolicyMatch"];
type Rule = components["schemas"]["Rule"];
export type Redrive =
  /** A copy of each is a dead letter. `past`: who may have them pass over the rule. */
  | { kind: "kept"; topic: string; past: string[] }
  /** Nobody keeps them but their producer, who was told. */
  | { kind: "refused" }
  /** They are in their topic. */
  | { kind: "flagged" }
  | { kind: "passed" };

/** `rule` is that of the contract, unless it is one of our own. Nothing where no policy of the registry decides. */
export function redriveOf(topic: string, match: Match | undefined, rule?: Rule): Redrive | undefined {
  const policy = match?.policy;
  if (!policy) return undefined;
  // Of a pair, for writing and for reading, the first counts.
  const [onFailure] = rule?.onFailure?.split(",") ?? [];
  if (match.mode !== "enforce" || onFailure === "NONE") return { kind: "passed" };
  const keeps = policy.action.endsWith("_and_dead_letter");
  if (keeps || onFailure === "DLQ") {
    const letters = policy.deadLetterTopic || (onFailure === "DLQ" && rule?.params?.["dlq.topic"]) || `${topic}.dlq`;
    return { kind: "kept", topic: letters, past: (rule && policy.redrive) || [] };
  }
  return { kind: policy.action === "flag" ? "flagged" : "refused" };
}
