// What is this contract, and who depends on it? The head and the tabs of a subject; each tab is a file beside this one.
import { getRouteApi, Link, Outlet, useNavigate } from "@tanstack/react-router";
import { GitCompareArrows, Network, PencilLine, Plug, Radius } from "lucide-react";
import { lazy, Suspense, useEffect, useRef } from "react";
import { ApiError } from "../../api/client";
import { split } from "../../api/queries";
import { ago, version } from "../../model/format";
import { topicOf } from "../../model/topics";
import { Button, CopyButton, Select } from "../../parts/Controls";
import { Page } from "../../parts/Page";
import { formatName, LevelPill, ModePill, Owner, Pill, TagChip } from "../../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import { t } from "../../strings";
import { useCurrent, useGlance } from "./current";

/** Not loaded unless somebody wants it. */
const UseIt = lazy(() => import("./UseIt"));
const route = getRouteApi("/subjects/$subject");
const TABS = ["fields", "definition", "versions", "references", "contract", "usage", "settings"] as const;

export function Subject() {
  const { subject, list, all, current, asked } = useCurrent();
  const { use } = route.useSearch();
  // Not from the subject's own route, which would lead to its first tab.
  const navigate = useNavigate();
  const glance = useGlance(subject, list.refetch);
  const { context, name } = split(subject);
  // Where there is no room for all tabs, the one that is open is in view.
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    const open = tabs.current?.querySelector<HTMLElement>("[aria-current=page]");
    if (open && tabs.current) tabs.current.scrollLeft = open.offsetLeft - tabs.current.offsetLeft - 48;
  });
  const heading = (
    <span className="mono">
      {context !== "." && <span className="context">{context.slice(1)}</span>}
      {name}
    </span>
  );
  if (list.isPending || glance.isPending) {
    return (
      <Page title={subject} heading={heading}>
        <Skeleton rows={9} />
      </Page>
    );
  }
  const error = list.error ?? glance.error;
  if (!list.data || !glance.data) {
    if (error instanceof ApiError && error.status === 404)
      return (
        <Page title={subject} heading={heading}>
          <Empty title={t.subject.absent}>
            <p className="muted">{t.subject.absentHow}</p>
            <div className="row-actions center">
              <Link to="/subjects" search={{ q: name }} className="button plain">
                {t.subject.lookFor}
              </Link>
              <Link to="/subjects/new" className="button plain">
                {t.subjects.create}
              </Link>
            </div>
          </Empty>
        </Page>
      );
    return (
      <Page title={subject} heading={heading}>
        <Failed
          what={t.subject.what}
          error={error}
          retry={() => void Promise.all([list.refetch(), glance.refetch()])}
        />
      </Page>
    );
  }
  const one = glance.data;
  const live = all.filter((each) => !each.deleted);
  const before = all.find((each) => current && each.version < current.version);
  const topic = topicOf(name);
  return (
    <Page
      title={subject}
      heading={heading}
      answer={
        current ? (
          t.subject.answer({
            version: version(current.version),
            isLatest: current.version === one.version,
            format: formatName(one.schemaType),
            age: current.ts ? ago(current.ts) : "",
            versions: live.length,
            description: current.metadata?.properties?.description,
          })
        ) : (
          <span className="bad-text">{t.subject.noVersion(String(asked))}</span>
        )
      }
      beside={<CopyButton text={subject} label={t.subject.copyName} />}
      actions={
        <>
          {all.length > 1 && (
            <Select
              label={t.subject.version}
              isHidden
              value={String(current?.version ?? "")}
              onChange={(value) =>
                void navigate({
                  to: ".",
                  search: (old) => ({ ...old, v: Number(value) === one.version ? undefined : Number(value) }) as never,
                })
              }
              options={all.map((each) => ({
                id: String(each.version),
                label: version(each.version),
                hint: [each.deleted ? t.subjects.deleted : "", each.ts ? ago(each.ts) : ""].filter(Boolean).join(" · "),
              }))}
            />
          )}
          {topic && context === "." && (
            <Link to="/lineage" search={{ focus: `topic:${topic}` }} className="button plain">
              <Network size={15} aria-hidden />
              {t.nav.lineage}
            </Link>
          )}
          <Link to="/impact" search={{ subject }} className="button plain">
            <Radius size={15} aria-hidden />
            {t.nav.impact}
          </Link>
          <Button
            onPress={() =>
              void navigate({ to: ".", search: (old) => ({ ...old, use: "write.python" }) as never, replace: true })
            }
          >
            <Plug size={15} aria-hidden />
            {t.subject.use}
          </Button>
          <Link
            to="/subjects/$subject/new"
            params={{ subject }}
            search={current && current.version !== one.version ? { from: current.version } : {}}
            className="button plain"
          >
            <PencilLine size={15} aria-hidden />
            {t.editor.open}
          </Link>
          {before && current && (
            <Link
              to="/subjects/$subject/compare"
              params={{ subject }}
              search={{ from: before.version, to: current.version }}
              className="button primary"
            >
              <GitCompareArrows size={15} aria-hidden />
              {t.subject.compareWith(version(before.version))}
            </Link>
          )}
        </>
      }
    >
      {error && <Stale error={error} since={list.dataUpdatedAt} />}
      <div className="facts">
        <Pill>{formatName(one.schemaType)}</Pill>
        <LevelPill level={one.compatibility.level} from={one.compatibility.from} />
        <ModePill mode={one.mode.mode} />
        {one.deleted && <Pill tone="warn">{t.subject.allDeleted}</Pill>}
        {current?.deleted && !one.deleted && <Pill tone="warn">{t.subject.versionDeleted}</Pill>}
        {one.tags?.map((tag) => (
          <TagChip key={tag} name={tag} />
        ))}
        <Owner name={one.owner} />
        {current && (
          <Link
            to="/ids/$id"
            params={{ id: String(current.id) }}
            search={context === "." ? {} : { context }}
            className="fine"
          >
            {t.subject.id(current.id)}
          </Link>
        )}
      </div>
      <nav className="tabs" aria-label={t.subject.tabs} ref={tabs}>
        {TABS.map((tab) => (
          <Link
            key={tab}
            to={`/subjects/$subject/${tab}`}
            params={{ subject }}
            search={({ v }: { v?: number }) => (v === undefined ? {} : { v })}
            activeOptions={{ includeSearch: false }}
            activeProps={{ "aria-current": "page" }}
          >
            {t.subject.tab[tab]}
          </Link>
        ))}
      </nav>
      {use !== undefined && (
        <Suspense>
          <UseIt subject={subject} type={one.schemaType} />
        </Suspense>
      )}
      <Suspense fallback={<Skeleton rows={8} />}>{current ? <Outlet /> : null}</Suspense>
    </Page>
  );
}
