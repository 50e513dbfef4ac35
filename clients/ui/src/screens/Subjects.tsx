// Find a subject and see its state.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Columns3, Download, Plus, X } from "lucide-react";
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { contexts as contextsQuery, MOST_SUBJECTS, type Overview, split, subjectPages } from "../api/queries";
import { useLacks } from "../app/rights";
import { keep, kept } from "../app/theme";
import { download } from "../model/download";
import { ago, dateTime, number, version } from "../model/format";
import { counts, csv, culprit, FACET_NAMES, type Facet, NOBODY, narrowed, sorted } from "../model/subjects";
import { Button, MenuButton, SearchBox, Select } from "../parts/Controls";
import { Page } from "../parts/Page";
import { formatName, LevelPill, ModePill, Owner, Pill, TagChip } from "../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../parts/States";
import { type Column, Table } from "../parts/Table";
import { useText } from "../parts/useText";
import type { SubjectsSearch } from "../router";
import { t } from "../strings";
import type { Job } from "./bulk/Bulk";
import { FirstSteps } from "./FirstSteps";

const Bulk = lazy(() => import("./bulk/Bulk"));
const route = getRouteApi("/subjects");

const columns: Column<Overview>[] = [
  {
    id: "subject",
    label: t.subjects.columns.subject,
    width: "minmax(220px, 3fr)",
    isSortable: true,
    cell: (one) => <Name one={one} />,
  },
  {
    id: "format",
    label: t.subjects.columns.format,
    width: "minmax(96px, 0.9fr)",
    isSortable: true,
    cell: (one) => formatName(one.schemaType),
  },
  {
    id: "compat",
    label: t.subjects.columns.compat,
    width: "minmax(150px, 1.5fr)",
    isSortable: true,
    cell: (one) => <LevelPill level={one.compatibility.level} from={one.compatibility.from} />,
  },
  {
    id: "version",
    label: t.subjects.columns.version,
    width: "72px",
    isSortable: true,
    isNumber: true,
    cell: (one) => <span className="mono">{version(one.version)}</span>,
  },
  {
    id: "id",
    label: t.subjects.columns.id,
    width: "64px",
    isSortable: true,
    isNumber: true,
    isExtra: true,
    cell: (one) => (
      <Link
        to="/ids/$id"
        params={{ id: String(one.id) }}
        search={one.context === "." ? {} : { context: one.context }}
        className="mono quiet-link"
      >
        {one.id}
      </Link>
    ),
  },
  {
    id: "versions",
    label: t.subjects.columns.versions,
    width: "76px",
    isSortable: true,
    isNumber: true,
    isExtra: true,
    cell: (one) => number(one.versions),
  },
  {
    id: "mode",
    label: t.subjects.columns.mode,
    width: "minmax(110px, 0.9fr)",
    isExtra: true,
    cell: (one) => <span className="muted">{one.mode.mode}</span>,
  },
  {
    id: "updated",
    label: t.subjects.columns.updated,
    width: "minmax(104px, 0.9fr)",
    isSortable: true,
    isNumber: true,
    isExtra: true,
    cell: (one) => (
      <time dateTime={new Date(one.updated).toISOString()} title={dateTime(one.updated)} className="muted">
        {ago(one.updated)}
      </time>
    ),
  },
  {
    id: "owner",
    label: t.subjects.columns.owner,
    width: "minmax(130px, 1.2fr)",
    isSortable: true,
    cell: (one) => <Owner name={one.owner} />,
  },
  {
    id: "tags",
    label: t.subjects.columns.tags,
    width: "minmax(80px, 0.9fr)",
    isExtra: true,
    cell: (one) => (
      <span className="chips">
        {one.tags?.map((tag) => (
          <TagChip key={tag} name={tag} />
        ))}
        <ModePill mode={one.mode.mode} />
        {one.deleted && <Pill tone="warn">{t.subjects.deleted}</Pill>}
      </span>
    ),
  },
];

/** What is there unless somebody has chosen others. */
const USUAL = ["format", "compat", "version", "id", "updated", "owner", "tags"];
const COLUMNS = "tidegate.columns";

function Name({ one }: { one: Overview }) {
  const { context, name } = split(one.subject);
  return (
    <Link to="/subjects/$subject/fields" params={{ subject: one.subject }} className="name mono" title={one.subject}>
      {context !== "." && <span className="context">{context.slice(1)}</span>}
      {name}
    </Link>
  );
}

export function Subjects() {
  const asked = route.useSearch();
  const navigate = route.useNavigate();
  const contexts = useQuery(contextsQuery);
  const deleted = asked.deleted === "true" || asked.deleted === "only" ? asked.deleted : undefined;
  const pages = useInfiniteQuery(subjectPages({ context: asked.context, deleted }));
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);

  const all = useMemo(() => pages.data?.pages.flatMap((page) => page.subjects) ?? [], [pages.data]);
  const [words, setWords] = useText(
    asked.q ?? "",
    (q) => void navigate({ search: (before) => tidy({ ...before, q }), replace: true }),
  );
  const deferred = useDeferredValue(words);

  const now = useMemo(() => ({ ...asked, q: deferred }), [asked, deferred]);
  const rows = useMemo(() => sorted(narrowed(all, now), asked.sort), [all, now, asked.sort]);
  const set = (change: Partial<Record<keyof SubjectsSearch, string>>) =>
    void navigate({ search: (before) => tidy({ ...before, ...change }) });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = useCallback(
    (keys: string[], isOn: boolean) =>
      setChosen((old) => {
        const next = new Set(old);
        for (const key of keys)
          if (isOn) next.add(key);
          else next.delete(key);
        return next;
      }),
    [],
  );
  const [bulk, setBulk] = useState<{ what: Job; subjects: Overview[]; barred: number }>();
  const lacks = useLacks();
  const barred = (one: Overview) => lacks("write", { subject: one.subject });
  const whole = all.filter((one) => chosen.has(one.subject));
  // Some that may be changed are enough: the others are left out.
  const why = whole.every(barred) ? whole.map(barred).find(Boolean) : undefined;
  const begin = (what: Job) => {
    const subjects = whole.filter((one) => !barred(one));
    setBulk({
      what,
      subjects: subjects.filter((one) => what === "level" || !one.deleted),
      barred: whole.length - subjects.length,
    });
  };
  const listed = (asked.columns ?? kept(COLUMNS))?.split(",") ?? USUAL;
  const shown = useMemo(() => columns.filter(({ id }) => id === "subject" || listed.includes(id)), [listed.join()]);
  const isNarrowed = Boolean(deferred || FACET_NAMES.some((name) => asked[name]));
  const isWhole = !hasNextPage && !isFetchingNextPage;

  if (pages.isPending)
    return (
      <Page title={t.nav.subjects}>
        <Skeleton rows={12} />
      </Page>
    );
  if (!pages.data)
    return (
      <Page title={t.nav.subjects}>
        <Failed what={t.subjects.what} error={pages.error} retry={() => void pages.refetch()} />
      </Page>
    );
  if (!all.length && !asked.context && !deleted)
    return (
      <Page title={t.nav.subjects} answer={t.subjects.none}>
        <FirstSteps />
      </Page>
    );

  return (
    <Page
      title={t.nav.subjects}
      answer={t.subjects.answer(
        all.length,
        all.filter((one) => one.compatibility.level === "NONE").length,
        all.filter((one) => !one.owner).length,
      )}
      actions={
        <>
          <Link to="/subjects/new" className="button plain">
            <Plus size={15} aria-hidden />
            {t.subjects.create}
          </Link>
          <MenuButton
            label={t.subjects.chooseColumns}
            icon={<Columns3 size={15} aria-hidden />}
            items={columns.slice(1).map(({ id, label }) => ({ id, label }))}
            chosen={listed}
            choose={(ids) => {
              const isUsual = ids.join() === USUAL.join();
              keep(COLUMNS, isUsual ? undefined : ids.join());
              set({ columns: isUsual ? "" : ids.join() || "none" });
            }}
          />
          <MenuButton
            label={t.action.export}
            icon={<Download size={15} aria-hidden />}
            items={[
              {
                id: "csv",
                label: t.subjects.exportCsv(rows.length),
                onAction: () => download("subjects.csv", "text/csv", csv(rows)),
              },
              {
                id: "json",
                label: t.subjects.exportJson(rows.length),
                onAction: () => download("subjects.json", "application/json", JSON.stringify(rows, null, 2)),
              },
            ]}
          />
        </>
      }
    >
      {pages.isRefetchError && <Stale error={pages.error} since={pages.dataUpdatedAt} />}
      <div className="filters">
        <SearchBox
          inputId="page-search"
          label={t.subjects.search}
          placeholder={t.subjects.placeholder}
          value={words}
          onChange={setWords}
        />
        {(contexts.data?.length ?? 0) > 1 && (
          <Select
            label={t.subjects.context}
            isHidden
            value={asked.context ?? "*"}
            onChange={(value) => set({ context: value === "*" ? "" : value })}
            options={[
              { id: "*", label: t.subjects.anyContext },
              ...(contexts.data ?? []).map((name) => ({
                id: name,
                label: name === "." ? t.subjects.defaultContext : name.slice(1),
              })),
            ]}
          />
        )}
        {FACET_NAMES.map((name) => (
          <FacetSelect key={name} name={name} all={all} asked={now} onChange={(value) => set({ [name]: value })} />
        ))}
        <Select
          label={t.subjects.deletedLabel}
          isHidden
          value={deleted ?? "no"}
          onChange={(value) => set({ deleted: value === "no" ? "" : value })}
          options={[
            { id: "no", label: t.subjects.live },
            { id: "true", label: t.subjects.withDeleted },
            { id: "only", label: t.subjects.onlyDeleted },
          ]}
        />
        {isNarrowed && (
          <Button
            kind="quiet"
            onPress={() => void navigate({ search: ({ sort, context, columns }) => tidy({ sort, context, columns }) })}
          >
            <X size={15} aria-hidden />
            {t.action.reset}
          </Button>
        )}
        <p className="count" role="status">
          {isNarrowed ? t.subjects.found(rows.length, all.length) : ""}
          {!isWhole && <span> {t.subjects.loading(all.length)}</span>}
          {isWhole && all.length >= MOST_SUBJECTS && <span> {t.subjects.capped(number(MOST_SUBJECTS))}</span>}
        </p>
      </div>
      {chosen.size > 0 && (
        <section className="bulk-bar" aria-label={t.bulk.label}>
          <strong>{t.bulk.chosen(chosen.size)}</strong>
          <Button why={why} onPress={() => begin("level")}>
            {t.bulk.level}
          </Button>
          <Button why={why} onPress={() => begin("owner")}>
            {t.bulk.owner}
          </Button>
          <Button kind="danger" why={why} onPress={() => begin("delete")}>
            {t.bulk.delete}
          </Button>
          <Button kind="quiet" onPress={() => setChosen(new Set())}>
            {t.action.clear}
          </Button>
        </section>
      )}
      {bulk && (
        <Suspense>
          <Bulk
            what={bulk.what}
            subjects={bulk.subjects}
            barred={bulk.barred}
            close={(done) => {
              setBulk(undefined);
              choose(done, false);
            }}
          />
        </Suspense>
      )}
      {rows.length ? (
        <Table
          label={t.nav.subjects}
          rows={rows}
          selection={{ chosen, choose }}
          columns={shown}
          keyOf={(one) => one.subject}
          sort={{ by: asked.sort?.replace(/^-/, "") ?? "subject", down: asked.sort?.startsWith("-") ?? false }}
          onSort={({ by, down }) => set({ sort: `${down ? "-" : ""}${by}` })}
        />
      ) : (
        <NoMatch all={all} asked={now} />
      )}
    </Page>
  );
}

function FacetSelect({
  name,
  all,
  asked,
  onChange,
}: {
  name: Facet;
  all: Overview[];
  asked: SubjectsSearch;
  onChange: (value: string) => void;
}) {
  const values = useMemo(() => counts(all, asked, name), [all, asked, name]);
  const chosen = asked[name];
  if (!chosen && values.length < 2) return null;
  const say = (value: string) => (name === "format" ? formatName(value) : value === NOBODY ? t.none.owner : value);
  const missing = chosen && !values.some(([value]) => value === chosen) ? [[chosen, 0] as [string, number]] : [];
  return (
    <Select
      label={t.subjects.facets[name]}
      isHidden
      value={chosen ?? "*"}
      onChange={(value) => onChange(value === "*" ? "" : value)}
      options={[
        { id: "*", label: t.subjects.anyOf[name] },
        ...[...values, ...missing].map(([value, count]) => ({ id: value, label: say(value), hint: number(count) })),
      ]}
    />
  );
}

/** What excluded everything? */
function NoMatch({ all, asked }: { all: Overview[]; asked: SubjectsSearch }) {
  const word = culprit(all, asked);
  return (
    <Empty title={t.subjects.noMatch}>
      <p className="muted">{word ? t.subjects.culprit(word) : t.subjects.noCulprit}</p>
    </Empty>
  );
}

function tidy(search: SubjectsSearch): SubjectsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as SubjectsSearch;
}
