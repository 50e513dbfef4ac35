// What is a new token to be, and is an old one still good? Rights are written as the server reads them: `write orders-`.
import type { components } from "../api/schema";
import type { Right } from "./rights";

export type Token = components["schemas"]["Token"];
export type NewToken = components["schemas"]["NewToken"];
/** On what a right holds. */
export type Place = "everything" | "context" | "subjects" | "anywhere";
export type GrantRow = { right: Right; place: Place; context: string; prefix: string };
export type Ends = "7" | "30" | "90" | "365" | "other" | "never";
export type TokenDraft = { name: string; grants: GrantRow[]; ends: Ends; days: string };

export const RIGHTS: Right[] = ["read", "write", "admin", "observe"];
/** The server takes no others: settings belong to all of a context, reports to everything. */
export const PLACES: Record<Right, Place[]> = {
  read: ["everything", "context", "subjects", "anywhere"],
  write: ["everything", "context", "subjects", "anywhere"],
  admin: ["everything", "context"],
  observe: ["everything"],
};

const DAY = 86_400;
const MOST_DAYS = 36_500;
export const FRESH_GRANT: GrantRow = { right: "read", place: "everything", context: "", prefix: "" };
export const FRESH_TOKEN: TokenDraft = { name: "", grants: [FRESH_GRANT], ends: "90", days: "" };

/** As the server calls it: the default one is a dot, and others begin with one. */
export function contextName(typed: string): string {
  const name = typed.trim().replace(/^:|:$/g, "");
  return name.startsWith(".") ? name : `.${name}`;
}

/** `write :.staging:orders-`; undefined where something is still missing. */
export function grantText({ right, place, context, prefix }: GrantRow): string | undefined {
  const begin = prefix.trim();
  if (place === "everything") return right;
  if (place === "context") return `${right} :${contextName(context)}:`;
  if (!begin) return undefined;
  if (place === "anywhere") return `${right} :*:${begin}`;
  const within = contextName(context);
  return within === "." && !begin.startsWith(":") ? `${right} ${begin}` : `${right} :${within}:${begin}`;
}

/** With another right, the place stays where it may. */
export function withRight(row: GrantRow, right: Right): GrantRow {
  return { ...row, right, place: PLACES[right].includes(row.place) ? row.place : "everything" };
}

export const isName = (text: string) => /^[A-Za-z0-9\-_.@:/]{1,100}$/.test(text);

/** How long it is good, in seconds; null without an end, undefined where no number stands. */
export function secondsOf({ ends, days }: Pick<TokenDraft, "ends" | "days">): number | null | undefined {
  if (ends === "never") return null;
  const wanted = ends === "other" ? days.trim() : ends;
  const whole = /^\d{1,5}$/.test(wanted) ? Number(wanted) : 0;
  return whole >= 1 && whole <= MOST_DAYS ? whole * DAY : undefined;
}

/** What is sent; undefined while something is missing or wrong. */
export function wishOf(draft: TokenDraft): NewToken | undefined {
  const name = draft.name.trim();
  const grants = draft.grants.map(grantText);
  const seconds = secondsOf(draft);
  if (!isName(name) || !grants.length || grants.includes(undefined) || seconds === undefined) return undefined;
  return {
    name,
    grants: [...new Set(grants as string[])],
    ...(seconds === null ? {} : { expiresInSeconds: seconds }),
  };
}

export const mayAdminister = (draft: TokenDraft) =>
  draft.grants.some((one) => one.right === "admin" && one.place === "everything");

/** Ended, or within so short a time that somebody should renew it. */
export function endState(expiresAt: string | undefined, now = Date.now()): "never" | "ended" | "soon" | "later" {
  if (!expiresAt) return "never";
  const left = new Date(expiresAt).getTime() - now;
  return left <= 0 ? "ended" : left < 7 * DAY * 1000 ? "soon" : "later";
}
