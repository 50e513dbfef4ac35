// What is to be done before? The steps that follow from who is concerned, as a list that can be taken along.
import { broken, isLive, type Party, type Situation, type Verdict } from "../../model/impact";
import { impact as ti } from "../../strings-lineage";
import { few } from "./say";

type Known = { parties: Party[]; situation: Situation; of: (one: Party) => Verdict; builds: string[] };

const UNCONCERNED = new Set<Verdict>(["fine", "unmade"]);

export function checklist({ parties, situation, of, builds }: Known): string[] {
  const list: string[] = [];
  const namesOf = (some: Party[]) => few(some.map((one) => one.name));
  const concerned = parties.filter((one) => !UNCONCERNED.has(of(one)));
  if (situation.change === "versions") {
    list.push(ti.list.compare);
    const { now, later } = broken(situation.explained);
    const readers = concerned.filter((one) => one.isDirect);
    if (now && readers.length) list.push(ti.list.upgrade(namesOf(readers)));
    if (later) list.push(ti.list.later);
  }
  if (situation.field && situation.fields?.length)
    list.push(ti.list.fields(few(situation.fields.map((one) => `${one.dataset}.${one.field}`))));
  const byOwner = new Map<string, Party[]>();
  for (const one of concerned) for (const owner of one.owners) byOwner.set(owner, [...(byOwner.get(owner) ?? []), one]);
  for (const [owner, theirs] of [...byOwner].sort((a, b) => b[1].length - a[1].length))
    list.push(ti.list.ask(owner, namesOf(theirs)));
  const elsewhere = concerned.filter((one) => one.isElsewhere);
  if (elsewhere.length) list.push(ti.list.elsewhere(namesOf(elsewhere)));
  const ownerless = concerned.filter((one) => !one.owners.length && !one.isElsewhere);
  if (ownerless.length) list.push(ti.list.find(namesOf(ownerless)));
  const silent = concerned.filter((one) => !isLive(one));
  if (silent.length) list.push(ti.list.silent(namesOf(silent)));
  if (builds.length) list.push(ti.list.referrers(few(builds)));
  list.push(ti.list.outside);
  return list;
}

export const markdown = (title: string, sentence: string, list: string[], unknown: string[]) =>
  [
    `## ${title}`,
    "",
    sentence,
    "",
    ...list.map((one) => `- [ ] ${one}`),
    ...(unknown.length ? ["", `### ${ti.unknown}`, "", ...unknown.map((one) => `- ${one}`)] : []),
    "",
  ].join("\n");
