// Which connections belong to an application? As people declare it: names in full, or how names begin with a star behind it.
import type { components } from "../api/schema";

export type Application = components["schemas"]["Application"];
export type ApplicationWish = components["schemas"]["ApplicationWish"];
export const KINDS = ["clientIds", "principals", "groups"] as const;
export type NameKind = (typeof KINDS)[number];
export type ApplicationDraft = {
  name: string;
  owner: string;
  jobNamespace: string;
  jobName: string;
} & Record<NameKind, string>;

const LONGEST = 255;
const MOST = 100;

export const FRESH: ApplicationDraft = {
  name: "",
  owner: "",
  clientIds: "",
  principals: "",
  groups: "",
  jobNamespace: "",
  jobName: "",
};

export function draftOf({ name, owner, clientIds, principals, groups, job }: Application): ApplicationDraft {
  const lines = (names: string[] = []) => names.join("\n");
  return {
    name,
    owner: owner ?? "",
    clientIds: lines(clientIds),
    principals: lines(principals),
    groups: lines(groups),
    jobNamespace: job?.namespace ?? "",
    jobName: job?.name ?? "",
  };
}

/** One name in a line. Names may hold spaces and commas. */
export const namesIn = (text: string) => [
  ...new Set(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line),
  ),
];

/** The kinds of names that an application goes by, with the names. */
export const namesOf = (one: Application) =>
  KINDS.map((kind) => ({ kind, names: one[kind] ?? [] })).filter(({ names }) => names.length > 0);

const size = (text: string) => new TextEncoder().encode(text).length;

export type Lack = "name" | "names" | "star" | "long" | "many" | "job";

/** What is missing or wrong, in the order of the form. */
export function lacks(draft: ApplicationDraft): Lack[] {
  const all = KINDS.map((kind) => namesIn(draft[kind]));
  const each = all.flat();
  const found: [Lack, boolean][] = [
    ["name", !draft.name.trim()],
    ["names", !each.length],
    ["star", each.includes("*")],
    ["long", [...each, draft.name.trim(), draft.owner.trim()].some((one) => size(one) > LONGEST)],
    ["many", all.some((names) => names.length > MOST)],
    ["job", !draft.jobNamespace.trim() !== !draft.jobName.trim()],
  ];
  return found.filter(([, is]) => is).map(([lack]) => lack);
}

/** What is sent. */
export function wishOf(draft: ApplicationDraft): ApplicationWish {
  const owner = draft.owner.trim();
  const [namespace, name] = [draft.jobNamespace.trim(), draft.jobName.trim()];
  return {
    ...(owner ? { owner } : {}),
    clientIds: namesIn(draft.clientIds),
    principals: namesIn(draft.principals),
    groups: namesIn(draft.groups),
    ...(namespace && name ? { job: { namespace, name } } : {}),
  };
}
