// Which topic does a subject's name speak of? By the usual naming only: the server keeps no list of topics.

/** `orders` of `orders-value` and `orders-key`. */
export function topicOf(name: string): string | undefined {
  return /^(.+)-(?:value|key)$/.exec(name)?.[1];
}
