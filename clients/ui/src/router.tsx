// Which address shows what? Every state of a view is in its address, checked here and left out where it says the usual.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { NotFound } from "./app/NotFound";
import { Shell } from "./app/Shell";

type Raw = Record<string, unknown>;
const text = (raw: Raw, name: string) => {
  const value = raw[name];
  return typeof value === "string" || typeof value === "number"
    ? String(value) === ""
      ? {}
      : { [name]: String(value) }
    : {};
};
const whole = (raw: Raw, name: string) => {
  const value = Number(raw[name]);
  return raw[name] !== undefined && Number.isInteger(value) && value >= 0 ? { [name]: value } : {};
};

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./screens/Home"), "Home"),
});

export type SubjectsSearch = {
  /** Words and `key:value`, as the server reads them; facets are such parts, too. */
  q?: string;
  deleted?: string;
  sort?: string;
  /** Which columns there are beside the name, parted by commas. */
  columns?: string;
};
const subjects = createRoute({
  getParentRoute: () => root,
  path: "/subjects",
  validateSearch: (raw: Raw): SubjectsSearch => ({
    ...text(raw, "q"),
    ...text(raw, "deleted"),
    ...text(raw, "sort"),
    ...text(raw, "columns"),
  }),
  component: lazyRouteComponent(() => import("./screens/Subjects"), "Subjects"),
});

export type SubjectSearch = { v?: number; q?: string; range?: string; use?: string; as?: "stored" };
const subject = createRoute({
  getParentRoute: () => root,
  path: "/subjects/$subject",
  validateSearch: (raw: Raw): SubjectSearch => ({
    ...whole(raw, "v"),
    ...text(raw, "q"),
    ...text(raw, "range"),
    ...text(raw, "use"),
    ...(raw.as === "stored" ? { as: "stored" as const } : {}),
  }),
  component: lazyRouteComponent(() => import("./screens/subject/Subject"), "Subject"),
});
const subjectIndex = createRoute({
  getParentRoute: () => subject,
  path: "/",
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/subjects/$subject/fields", params, search, replace: true });
  },
});
const tab = <Path extends string, Name extends string>(
  path: Path,
  load: () => Promise<Record<Name, () => React.JSX.Element>>,
  name: Name,
) => createRoute({ getParentRoute: () => subject, path, component: lazyRouteComponent(load as never, name as never) });
const fields = tab("/fields", () => import("./screens/subject/Fields"), "Fields");
const definition = tab("/definition", () => import("./screens/subject/Definition"), "Definition");
const history = tab("/versions", () => import("./screens/subject/Versions"), "Versions");
const references = tab("/references", () => import("./screens/subject/References"), "References");
const contract = tab("/contract", () => import("./screens/subject/Contract"), "Contract");
const usage = tab("/usage", () => import("./screens/subject/Usage"), "Usage");
const subjectSettings = tab("/settings", () => import("./screens/subject/Settings"), "Settings");

export type CompareSearch = { from?: number; to?: number; view?: "text"; level?: string; change?: number };
const compare = createRoute({
  getParentRoute: () => root,
  path: "/subjects/$subject/compare",
  validateSearch: (raw: Raw): CompareSearch => ({
    ...whole(raw, "from"),
    ...whole(raw, "to"),
    ...(raw.view === "text" ? { view: "text" as const } : {}),
    ...text(raw, "level"),
    ...whole(raw, "change"),
  }),
  component: lazyRouteComponent(() => import("./screens/compare/Compare"), "Compare"),
});

export type NewVersionSearch = { from?: number; view?: "changes" };
const newVersion = createRoute({
  getParentRoute: () => root,
  path: "/subjects/$subject/new",
  validateSearch: (raw: Raw): NewVersionSearch => ({
    ...whole(raw, "from"),
    ...(raw.view === "changes" ? { view: "changes" as const } : {}),
  }),
  component: lazyRouteComponent(() => import("./screens/editor/Editor"), "NewVersion"),
});
export type NewSubjectSearch = { subject?: string; format?: string };
const newSubject = createRoute({
  getParentRoute: () => root,
  path: "/subjects/new",
  validateSearch: (raw: Raw): NewSubjectSearch => ({ ...text(raw, "subject"), ...text(raw, "format") }),
  component: lazyRouteComponent(() => import("./screens/editor/Editor"), "NewSubject"),
});

export type IdSearch = { context?: string };
const byId = createRoute({
  getParentRoute: () => root,
  path: "/ids/$id",
  validateSearch: (raw: Raw): IdSearch => text(raw, "context"),
  component: lazyRouteComponent(() => import("./screens/SchemaById"), "SchemaById"),
});

export type ValidationSearch = { topic?: string; range?: string };
const validation = createRoute({
  getParentRoute: () => root,
  path: "/validation",
  validateSearch: (raw: Raw): ValidationSearch => ({ ...text(raw, "topic"), ...text(raw, "range") }),
  component: lazyRouteComponent(() => import("./screens/validation/Validation"), "Validation"),
});

export type ViolationsSearch = { topic?: string; rule?: string; producer?: string; state?: string; range?: string };
const violations = createRoute({
  getParentRoute: () => root,
  path: "/violations",
  validateSearch: (raw: Raw): ViolationsSearch => ({
    ...text(raw, "topic"),
    ...text(raw, "rule"),
    ...text(raw, "producer"),
    ...text(raw, "state"),
    ...text(raw, "range"),
  }),
  component: lazyRouteComponent(() => import("./screens/violations/Violations"), "Violations"),
});
const violation = createRoute({
  getParentRoute: () => root,
  path: "/violations/$id",
  validateSearch: (raw: Raw): { sample?: number; as?: "json" } => ({
    ...whole(raw, "sample"),
    ...(raw.as === "json" ? { as: "json" as const } : {}),
  }),
  component: lazyRouteComponent(() => import("./screens/violations/Violation"), "Violation"),
});

const proxy = createRoute({
  getParentRoute: () => root,
  path: "/proxy",
  validateSearch: (raw: Raw): { topic?: string; producer?: string } => ({
    ...text(raw, "topic"),
    ...text(raw, "producer"),
  }),
  component: lazyRouteComponent(() => import("./screens/proxy/Gate"), "Gate"),
});
const policy = createRoute({
  getParentRoute: () => root,
  path: "/proxy/policies/$policy",
  component: lazyRouteComponent(() => import("./screens/proxy/Policy"), "Policy"),
});
const newPolicy = createRoute({
  getParentRoute: () => root,
  path: "/proxy/new",
  component: lazyRouteComponent(() => import("./screens/proxy/Policy"), "NewPolicy"),
});

const rules = createRoute({
  getParentRoute: () => root,
  path: "/rules",
  validateSearch: (raw: Raw): { subject?: string; rule?: string } => ({
    ...text(raw, "subject"),
    ...text(raw, "rule"),
  }),
  component: lazyRouteComponent(() => import("./screens/rules/TryOut"), "TryOut"),
});
const checks = createRoute({
  getParentRoute: () => root,
  path: "/rules/compatibility",
  validateSearch: (raw: Raw): { rule?: string } => text(raw, "rule"),
  component: lazyRouteComponent(() => import("./screens/rules/Checks"), "Checks"),
});

export type LineageSearch = {
  focus?: string | undefined;
  view?: "list" | "graph" | undefined;
  /** Steps before and after the focus; one each unless it is said. */
  up?: number | undefined;
  down?: number | undefined;
  /** Nodes whose neighbours are all shown, parted by bars. */
  open?: string | undefined;
  node?: string | undefined;
  /** The flow that is chosen instead of a node, as `from > to`. */
  flow?: string | undefined;
  /** As it was at this moment; with an earlier one, what is different between the two. */
  at?: string | undefined;
  since?: string | undefined;
  /** How many days the line of moments has. */
  days?: number | undefined;
  evidence?: string | undefined;
  /** How sure an edge has to be. */
  sure?: string | undefined;
};
const lineage = createRoute({
  getParentRoute: () => root,
  path: "/lineage",
  validateSearch: (raw: Raw): LineageSearch => ({
    ...text(raw, "focus"),
    ...(raw.view === "list" || raw.view === "graph" ? { view: raw.view as "list" | "graph" } : {}),
    ...whole(raw, "up"),
    ...whole(raw, "down"),
    ...text(raw, "open"),
    ...text(raw, "node"),
    ...text(raw, "flow"),
    ...text(raw, "at"),
    ...text(raw, "since"),
    ...whole(raw, "days"),
    ...(raw.evidence === "observed" || raw.evidence === "declared" ? { evidence: raw.evidence } : {}),
    ...text(raw, "sure"),
  }),
  component: lazyRouteComponent(() => import("./screens/lineage/Lineage"), "Lineage"),
});

export type ImpactSearch = {
  subject?: string | undefined;
  /** A topic or a table, as the graph writes it: in place of a subject, or which of its topics. */
  node?: string | undefined;
  field?: string | undefined;
  change?: "delete" | "versions" | undefined;
  from?: number | undefined;
  to?: number | undefined;
  range?: string | undefined;
  who?: string | undefined;
  owner?: string | undefined;
  sort?: string | undefined;
};
const impact = createRoute({
  getParentRoute: () => root,
  path: "/impact",
  validateSearch: (raw: Raw): ImpactSearch => ({
    ...text(raw, "subject"),
    ...text(raw, "node"),
    ...text(raw, "field"),
    ...(raw.change === "delete" || raw.change === "versions" ? { change: raw.change as "delete" | "versions" } : {}),
    ...whole(raw, "from"),
    ...whole(raw, "to"),
    ...text(raw, "range"),
    ...text(raw, "who"),
    ...text(raw, "owner"),
    ...text(raw, "sort"),
  }),
  component: lazyRouteComponent(() => import("./screens/impact/Impact"), "Impact"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./screens/settings/Settings"), "Settings"),
});

const tree = root.addChildren([
  home,
  subjects,
  subject.addChildren([subjectIndex, fields, definition, history, references, contract, usage, subjectSettings]),
  compare,
  newVersion,
  newSubject,
  byId,
  validation,
  violations,
  violation,
  proxy,
  policy,
  newPolicy,
  rules,
  checks,
  lineage,
  impact,
  settings,
]);

export const router = createRouter({
  routeTree: tree,
  basepath: "/ui",
  defaultPreload: "intent",
  defaultPreloadDelay: 60,
  scrollRestoration: true,
  // Addresses are written by people too: `?q=orders`, not JSON.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const pairs = Object.entries(search as Raw).filter(([, value]) => value !== undefined && value !== "");
    const written = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
    return written ? `?${written}` : "";
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
