// Find a subject and see its state.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Columns3, Download, Plus, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { type Asked, type Found, type Hit, SORTS, search } from "../api/search";
import { keep, kept } from "../app/theme";
import { download } from "../model/download";
import { askable, without } from "../model/search";
import { csv } from "../model/subjects";
import { Button, MenuButton, SearchBox, Select } from "../parts/Controls";
import { Indexing } from "../parts/Indexing";
import { Page } from "../parts/Page";
import { Empty, Failed, Skeleton, Stale } from "../parts/States";
import { Table } from "../parts/Table";
import { useText } from "../parts/useText";
import type { SubjectsSearch } from "../router";
import { t } from "../strings";
import type { Choice } from "./bulk/Chosen";
import { FirstSteps } from "./FirstSteps";
import { columns, USUAL } from "./subjects/columns";
import { Facets } from "./subjects/Facets";
import { useTaking } from "./subjects/Taking";

const Chosen = lazy(() => import("./bulk/Chosen"));
const route = getRouteApi("/subjects");
const COLUMNS = "tidegate.columns";
/** Of rows, in pixels; those that say by which field they were found have two lines. */
const USUAL_HEIGHT = 40;
const TALL = 54;
/** The server is asked when somebody has not typed for so long. */
const PAUSE = 150;

export function Subjects() {
  const asked = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: SubjectsSearch) => void navigate({ search: (before) => tidy({ ...before, ...change }) });
  const [words, setWords] = useText(
    asked.q ?? "",
    (q) => void navigate({ search: (before) => tidy({ ...before, q }), replace: true }),
    PAUSE,
  );
  const wanted: Asked = useMemo(
    () => ({
      q: askable(asked.q ?? ""),
      sort: SORTS.find((one) => one === asked.sort),
      deleted: asked.deleted === "true" || asked.deleted === "only" ? asked.deleted : undefined,
    }),
    [asked.q, asked.sort, asked.deleted],
  );
  const pages = useInfiniteQuery(search(wanted));
  // While something can't be read, or the server is away, what was found before stays.
  const last = useRef(pages.data);
  if (pages.data) last.current = pages.data;
  const found = last.current?.pages;
  const first = found?.[0];
  const rows = useMemo(() => found?.flatMap((page) => page.subjects) ?? [], [found]);
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = pages;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);

  const choice = useChoice(rows);
  const { take, taking } = useTaking(wanted);
  const listed = (asked.columns ?? kept(COLUMNS))?.split(",") ?? USUAL;
  const shown = useMemo(() => columns.filter(({ id }) => id === "name" || listed.includes(id)), [listed.join()]);
  const isUnreadable = pages.error instanceof ApiError && pages.error.status === 400;

  if (!first)
    return (
      <Page title={t.nav.subjects}>
        {pages.isPending ? (
          <Skeleton rows={12} />
        ) : isUnreadable ? (
          <>
            <SearchBox inputId="page-search" label={t.subjects.search} value={words} onChange={setWords} />
            <Unreadable error={pages.error} />
          </>
        ) : (
          <Failed what={t.subjects.what} error={pages.error} retry={() => void pages.refetch()} />
        )}
      </Page>
    );
  if (!first.total && !first.indexing && !wanted.q && !wanted.deleted)
    return (
      <Page title={t.nav.subjects} answer={t.subjects.none}>
        <FirstSteps />
      </Page>
    );

  return (
    <Page
      title={t.nav.subjects}
      answer={answer(first, wanted.q !== "")}
      actions={
        <>
          <Link to="/subjects/new" className="button plain">
            <Plus size={15} aria-hidden />
            {t.subjects.create}
          </Link>
          <span className="wide-only">
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
          </span>
          <MenuButton
            label={t.action.export}
            icon={<Download size={15} aria-hidden />}
            items={[
              {
                id: "csv",
                label: t.subjects.exportCsv(first.total),
                onAction: () => take((all) => download("subjects.csv", "text/csv", csv(all))),
              },
              {
                id: "json",
                label: t.subjects.exportJson(first.total),
                onAction: () =>
                  take((all) => download("subjects.json", "application/json", JSON.stringify(all, null, 2))),
              },
              {
                id: "zip",
                label: t.subjects.exportZip(first.total),
                onAction: () =>
                  take(async (all, signal) => {
                    const { archive } = await import("./subjects/archive");
                    const made = await archive(all, signal);
                    if (!signal.aborted) download("subjects.zip", "application/zip", made);
                  }),
              },
            ]}
          />
        </>
      }
    >
      {isError && !isUnreadable && <Stale error={pages.error} since={pages.dataUpdatedAt} />}
      <Indexing of={first.indexing} />
      {taking}
      <div className="filters roomy">
        <SearchBox
          inputId="page-search"
          label={t.subjects.search}
          placeholder={t.subjects.placeholder}
          value={words}
          onChange={setWords}
        />
        <Select
          label={t.subjects.deletedLabel}
          isHidden
          value={wanted.deleted ?? "no"}
          onChange={(value) => set({ deleted: value === "no" ? "" : value })}
          options={[
            { id: "no", label: t.subjects.live },
            { id: "true", label: t.subjects.withDeleted },
            { id: "only", label: t.subjects.onlyDeleted },
          ]}
        />
        {(wanted.q || wanted.deleted) && (
          <Button kind="quiet" onPress={() => set({ q: "", deleted: "" })}>
            <X size={15} aria-hidden />
            {t.action.reset}
          </Button>
        )}
        <p className="count" role="status">
          {isUnreadable ? "" : t.subjects.found(first.total)}
        </p>
      </div>
      {isUnreadable && <Unreadable error={pages.error} />}
      <div className="subjects">
        <Facets asked={wanted} found={first} change={(q) => set({ q })} />
        <div className="stack">
          {choice.chosen.size > 0 && (
            <Suspense>
              <Chosen choice={choice} total={first.total} takeAll={() => take(choice.all)} />
            </Suspense>
          )}
          {rows.length ? (
            <Table
              label={t.nav.subjects}
              rows={rows}
              total={first.total}
              onEnd={more}
              rowHeight={rows.some((one) => one.fields) ? TALL : USUAL_HEIGHT}
              selection={choice}
              columns={shown}
              keyOf={(one) => one.subject}
              sort={{ by: wanted.sort?.replace(/^-/, "") ?? "name", down: wanted.sort?.startsWith("-") ?? false }}
              onSort={({ by, down }) => set({ sort: `${down ? "-" : ""}${by}` })}
            />
          ) : (
            <NoMatch
              excluded={first.excluded ?? []}
              remove={(text) => set({ q: without(asked.q ?? "", text) })}
              isIndexing={first.indexing !== undefined}
            />
          )}
          {isFetchingNextPage && <p className="muted center">{t.state.loading} …</p>}
        </div>
      </div>
    </Page>
  );
}

/** How many lack something is told by the facets, unless there are more owners than are listed. */
function answer(first: Found, isNarrowed: boolean): string {
  const { compatibility = [], owner = [] } = first.facets ?? {};
  const count = (values: typeof owner, wanted: string) => values.find(({ value }) => value === wanted)?.count;
  const ownerless = count(owner, "") ?? (owner.length < 50 ? 0 : undefined);
  return t.subjects.answer(first.total, count(compatibility, "NONE") ?? 0, ownerless, isNarrowed);
}

/** What was chosen stays chosen while one searches on. */
function useChoice(rows: Hit[]): Choice {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Hit>>(new Map());
  const now = useRef(rows);
  now.current = rows;
  const choose = useCallback(
    (keys: string[], isOn: boolean) =>
      setChosen((old) => {
        const next = new Map(old);
        const known = isOn ? new Map(now.current.map((one) => [one.subject, one])) : undefined;
        for (const key of keys) {
          const one = known?.get(key);
          if (one) next.set(key, one);
          else if (!isOn) next.delete(key);
        }
        return next;
      }),
    [],
  );
  const all = useCallback((hits: Hit[]) => setChosen(new Map(hits.map((one) => [one.subject, one]))), []);
  return { chosen, choose, all };
}

/** Why a search can't be read, in the server's words. */
function Unreadable({ error }: { error: unknown }): ReactNode {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <p className="wrong" role="status">
      {t.subjects.unreadable(message.replace(/^.*?parameter 'q': /, ""))}
    </p>
  );
}

/** What excludes everything? Each part alone does, if there are several. */
function NoMatch({
  excluded,
  remove,
  isIndexing,
}: {
  excluded: string[];
  remove: (text: string) => void;
  isIndexing: boolean;
}) {
  return (
    <Empty title={t.subjects.noMatch}>
      {excluded.map((text) => (
        <p key={text} className="row-actions center">
          <span>
            <code>{text}</code> {t.subjects.culprit}
          </span>
          <Button onPress={() => remove(text)}>{t.subjects.remove(text)}</Button>
        </p>
      ))}
      {!excluded.length && <p className="muted">{isIndexing ? t.subjects.notYet : t.subjects.noCulprit}</p>}
    </Empty>
  );
}

function tidy(search: SubjectsSearch): SubjectsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as SubjectsSearch;
}
