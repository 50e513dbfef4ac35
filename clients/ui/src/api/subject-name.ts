// What is in the name of a subject? Its context and the rest. Apart from the client, which needs a browser.
import type { components } from "./schema";

export type Overview = components["schemas"]["SubjectOverview"];

/** `:.context:name` in its parts; a name without one is in the default context, which is called `.`. */
export function split(subject: string): { context: string; name: string } {
  const found = /^:(\.[^:]*):([\s\S]*)$/.exec(subject);
  return found ? { context: found[1] ?? ".", name: found[2] ?? "" } : { context: ".", name: subject };
}
