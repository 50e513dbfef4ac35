// Which topic does a subject's name speak of? By the usual naming only: the server keeps no list of topics.

/** `orders` of `orders-value` and `orders-key`. */
export function topicOf(name: string): string | undefined {
  return /^(.+)-(?:value|key)$/.exec(name)?.[1];
}

/** Which records of which topic a subject's name speaks of: their keys or their values. */
export function recordsOf(name: string): { topic: string; part: "key" | "value" } | undefined {
  const topic = topicOf(name);
  return topic === undefined ? undefined : { topic, part: name.endsWith("-key") ? "key" : "value" };
}
