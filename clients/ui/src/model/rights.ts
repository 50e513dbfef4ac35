// What may somebody do, and in which words? Read from grants as the server writes them: `read`, `write orders-`, `admin :.lab:`.
import { split } from "../api/subject-name";
import { t } from "../strings";

export type Right = "read" | "write" | "admin" | "observe";

/** What a right is needed on. Topics stand for the subjects that are named after them. */
export type On = "everything" | { subject: string } | { topic: string };

type Grant = { right: Right /** `*` for every context. */; context: string; prefix: string };

const INCLUDES: Record<Right, Right[]> = {
  read: ["read"],
  write: ["read", "write", "observe"],
  admin: ["read", "write", "admin", "observe"],
  observe: ["observe"],
};

/** Undefined for one of a kind that is not known here. */
export function grantOf(text: string): Grant | undefined {
  const [word = "", ...rest] = text.trim().split(" ");
  if (!(word in INCLUDES)) return undefined;
  const right = word as Right;
  const on = rest.join(" ").trim() || ":*:";
  if (on.startsWith(":*:")) return { right, context: "*", prefix: on.slice(3) };
  const { context, name } = split(on);
  return { right, context, prefix: name };
}

export function may(grants: string[], right: Right, on: On): boolean {
  const having = grants.map(grantOf).filter((one) => one && INCLUDES[one.right].includes(right)) as Grant[];
  const takes = (subject: string) => {
    const { context, name } = split(subject);
    return having.some((one) => (one.context === "*" || one.context === context) && name.startsWith(one.prefix));
  };
  if (on === "everything") return having.some((one) => one.context === "*" && !one.prefix);
  return "subject" in on ? takes(on.subject) : takes(`${on.topic}-value`) || takes(`${on.topic}-key`);
}

/** What a grant lets one do, in a sentence. */
export function plainGrant(text: string): string {
  const grant = grantOf(text);
  if (!grant) return text;
  const { context, prefix } = grant;
  const where =
    context === "*"
      ? prefix
        ? t.rights.prefixAnywhere(prefix)
        : t.rights.everything
      : prefix
        ? t.rights.prefix(prefix, context === "." ? "" : context.slice(1))
        : t.rights.context(context === "." ? "" : context.slice(1));
  return t.rights.may[grant.right](where, context === "*" && !prefix);
}

/** Why somebody may not, or nothing if they may. */
export function lack(me: { name?: string; grants: string[] }, right: Right, on: On): string | undefined {
  if (may(me.grants, right, on)) return undefined;
  const what = on === "everything" ? undefined : "subject" in on ? on.subject : on.topic;
  return t.rights.lack(right, what, me.name !== undefined);
}
