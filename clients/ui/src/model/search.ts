// What stands in a search? Words and `key:value`, as the server reads them; parts are put in and taken out here, never judged.

/** Under which name the server tells how many there are of each value, and by which key one asks for a value. */
export const FACETS = {
  type: "type",
  compatibility: "compat",
  owner: "owner",
  tag: "tag",
  mode: "mode",
  context: "context",
} as const;
export type FacetName = keyof typeof FACETS;
export const FACET_NAMES = Object.keys(FACETS) as FacetName[];
type Key = (typeof FACETS)[FacetName];

const SAME: Record<string, string> = { format: "type", compatibility: "compat", level: "compat" };
const KEYS = new Set(["field", "tag", "owner", "id", "type", "compat", "mode", "context", ...Object.keys(SAME)]);

export type Part = {
  /** As it was typed. */
  text: string;
  /** Empty for words. */
  key: string;
  value: string;
  isNot: boolean;
};

/** A part ends at a blank outside of quotes. */
export function partsOf(q: string): Part[] {
  return (q.match(/(?:"[^"]*(?:"|$)|[^\s"])+/g) ?? []).map((text) => {
    const isNot = text.startsWith("-") && text.length > 1;
    const [, name = "", value = ""] = /^([a-z]+):([\s\S]*)$/i.exec(isNot ? text.slice(1) : text) ?? [];
    const key = name.toLowerCase();
    const isKnown = KEYS.has(key);
    const raw = isKnown ? value : isNot ? text.slice(1) : text;
    return { text, key: isKnown ? (SAME[key] ?? key) : "", value: raw.replaceAll('"', "").trim(), isNot };
  });
}

const joined = (parts: Part[]) => parts.map(({ text }) => text).join(" ");
const same = (part: Part, key: Key, value: string) =>
  part.key === key && !part.isNot && part.value.toLowerCase() === value.toLowerCase();

/** In quotes where it has to be. */
export function part(key: Key, value: string): string {
  const bare = value.replaceAll('"', "");
  return `${key}:${/^\S+$/.test(bare) ? bare : `"${bare}"`}`;
}

export function has(q: string, key: Key, value: string): boolean {
  return partsOf(q).some((one) => same(one, key, value));
}

/** With the value where it was not, without it where it was. */
export function toggled(q: string, key: Key, value: string): string {
  const parts = partsOf(q);
  const others = parts.filter((one) => !same(one, key, value));
  return others.length < parts.length ? joined(others) : [...parts.map(({ text }) => text), part(key, value)].join(" ");
}

export function without(q: string, text: string): string {
  return joined(partsOf(q).filter((one) => one.text !== text));
}

/** Without what asks for values of a key; what excludes some stays. */
export function withoutKey(q: string, key: Key): string {
  return joined(partsOf(q).filter((one) => one.key !== key || one.isNot));
}

/** Which values of a key are asked for, each once. */
export function valuesIn(q: string, key: Key): string[] {
  return [...new Set(partsOf(q).flatMap((one) => (one.key === key && !one.isNot ? [one.value] : [])))];
}

/** Of which facets values are asked for. */
export function chosenFacets(q: string): FacetName[] {
  const keys = new Set(partsOf(q).flatMap((one) => (one.isNot ? [] : [one.key])));
  return FACET_NAMES.filter((name) => keys.has(FACETS[name]));
}

/** What is asked while somebody types: a key without a value yet is not. */
export function askable(q: string): string {
  return joined(partsOf(q).filter((one) => !one.key || one.value || /:"/.test(one.text)));
}

/** A text that means itself, whatever stands in it. */
export function quoted(text: string): string {
  const bare = text.replaceAll('"', " ").trim();
  return bare ? `"${bare}"` : "";
}
