// Which subjects does a search mean, in which order, and how many have each property?
import type { Overview } from "../api/queries";
import { csvOf } from "./csv";

export type Search = { q?: string; format?: string; compat?: string; owner?: string; tag?: string; sort?: string };

/** A property that lists are narrowed by. An owner that is missing is looked for as `-`. */
export const NOBODY = "-";
const FACETS = {
  format: (one: Overview) => [one.schemaType as string],
  compat: (one: Overview) => [one.compatibility.level as string],
  owner: (one: Overview) => [one.owner ?? NOBODY],
  tag: (one: Overview) => one.tags ?? [],
};
export type Facet = keyof typeof FACETS;
export const FACET_NAMES = Object.keys(FACETS) as Facet[];

/** `owner:team-orders tag:PII id:7 created`: words with a colon narrow, all others are parts of the name. */
export type Token = { word: string; test: (one: Overview) => boolean };

export function tokens(text: string): Token[] {
  return text
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const [, name = "", value = ""] = /^(owner|tag|format|compat|id|mode|context):(.+)$/i.exec(word) ?? [];
      const wanted = value.toLowerCase();
      const has = (values: string[]) => values.some((one) => one.toLowerCase().includes(wanted));
      switch (name.toLowerCase()) {
        case "owner":
          return { word, test: (one) => (wanted === NOBODY ? !one.owner : has([one.owner ?? ""])) };
        case "tag":
          return { word, test: (one) => has(one.tags ?? []) };
        case "format":
          return { word, test: (one) => has([one.schemaType]) };
        case "compat":
          return { word, test: (one) => one.compatibility.level.toLowerCase() === wanted };
        case "id":
          return { word, test: (one) => String(one.id) === wanted };
        case "mode":
          return { word, test: (one) => one.mode.mode.toLowerCase() === wanted };
        case "context":
          return { word, test: (one) => has([one.context]) };
        default: {
          const part = word.toLowerCase();
          return { word, test: (one) => one.subject.toLowerCase().includes(part) };
        }
      }
    });
}

/** Those that have all words; names that begin with the first word come first. */
export function search(subjects: Overview[], text: string): Overview[] {
  const wanted = tokens(text);
  if (!wanted.length) return subjects;
  const first = wanted[0]?.word.toLowerCase() ?? "";
  const found = subjects.filter((one) => wanted.every(({ test }) => test(one)));
  const rank = (one: Overview) => Number(!one.subject.toLowerCase().startsWith(first));
  return found.sort((a, b) => rank(a) - rank(b));
}

export function narrowed(subjects: Overview[], asked: Search): Overview[] {
  return search(
    subjects.filter((one) => FACET_NAMES.every((name) => !asked[name] || FACETS[name](one).includes(asked[name]))),
    asked.q ?? "",
  );
}

/** How many subjects each value of a facet would leave, the other facets and the words being as they are. */
export function counts(subjects: Overview[], asked: Search, facet: Facet): [string, number][] {
  const { [facet]: _, ...others } = asked;
  const found = new Map<string, number>();
  for (const one of narrowed(subjects, others)) {
    for (const value of FACETS[facet](one)) found.set(value, (found.get(value) ?? 0) + 1);
  }
  return [...found].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** The word without which something would have been found. */
export function culprit(subjects: Overview[], asked: Search): string | undefined {
  const words = tokens(asked.q ?? "").map(({ word }) => word);
  return words.find((word) => {
    const rest = words.filter((one) => one !== word).join(" ");
    return narrowed(subjects, { ...asked, q: rest }).length > 0;
  });
}

const KEYS: Record<string, (one: Overview) => string | number> = {
  subject: (one) => one.subject.toLowerCase(),
  format: (one) => one.schemaType,
  compat: (one) => one.compatibility.level,
  version: (one) => one.version,
  id: (one) => one.id,
  versions: (one) => one.versions,
  updated: (one) => one.updated,
  owner: (one) => one.owner ?? "\uffff",
};

/** `updated` or, the other way round, `-updated`. */
export function sorted(subjects: Overview[], sort: string | undefined): Overview[] {
  const by = sort?.replace(/^-/, "") ?? "";
  const key = KEYS[by];
  if (!key) return subjects;
  const sign = sort?.startsWith("-") ? -1 : 1;
  return [...subjects].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return sign * (left < right ? -1 : left > right ? 1 : a.subject.localeCompare(b.subject));
  });
}

/** What a steward would want done about a subject. */
export function lacks(one: Overview): ("owner" | "check")[] {
  return [
    ...(one.owner ? [] : (["owner"] as const)),
    ...(one.compatibility.level === "NONE" ? (["check"] as const) : []),
  ];
}

export function csv(subjects: Overview[]): string {
  const head = [
    "subject",
    "context",
    "format",
    "compatibility",
    "compatibility_from",
    "mode",
    "version",
    "id",
    "versions",
    "updated",
    "owner",
    "tags",
  ];
  const rows = subjects.map((one) => [
    one.subject,
    one.context,
    one.schemaType,
    one.compatibility.level,
    one.compatibility.from,
    one.mode.mode,
    one.version,
    one.id,
    one.versions,
    new Date(one.updated).toISOString(),
    one.owner ?? "",
    (one.tags ?? []).join(" "),
  ]);
  return csvOf([head, ...rows]);
}
