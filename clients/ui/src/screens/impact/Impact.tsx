// If this is done, what breaks, and for whom? Who writes, who reads, what is made of it, and what is not known.
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download, GitCompareArrows, Link as LinkIcon, Network } from "lucide-react";
import { useCallback, useMemo } from "react";
import { split } from "../../api/queries";
import { download } from "../../model/download";
import { number, version } from "../../model/format";
import { broken, csv, type Party, type Situation, sums, verdictOf } from "../../model/impact";
import { parts } from "../../model/nodes";
import { rateText } from "../../model/rate";
import { Button, CopyButton, MenuButton } from "../../parts/Controls";
import { Page } from "../../parts/Page";
import { Owner, Pill, VerdictPill } from "../../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import type { ImpactSearch } from "../../router";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { impact as ti } from "../../strings-lineage";
import "../../styles/impact.css";
import { Ask } from "./Ask";
import { rangeText, useImpact } from "./asked";
import { checklist, markdown } from "./checklist";
import { Ripple } from "./Ripple";
import { Before, Builds, Made, Owners, Registered, Says, sentencesOf, Tiles, Unknown, Versions } from "./Side";
import { Who } from "./Who";

const route = getRouteApi("/impact");

export function Impact() {
  const asked = route.useSearch();
  const { subject = "", node = "", field = "" } = asked;
  const navigate = route.useNavigate();
  const set = (change: Partial<ImpactSearch>) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(
          Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined && value !== ""),
        ) as ImpactSearch,
    });
  const found = useImpact(asked);
  const { change, told, used, parties, builds, before, after, explained, topics } = found;
  const impact = told.data ?? undefined;
  const usage = used.data ?? undefined;
  const situation = useMemo<Situation>(
    () => ({
      change,
      field,
      explained: explained.data,
      fields: impact?.fields,
      says: impact?.declaredReaders ?? [],
    }),
    [change, field, explained.data, impact?.fields, impact?.declaredReaders],
  );
  const of = useCallback((one: Party) => verdictOf(one, situation), [situation]);
  const sum = useMemo(() => sums(parties), [parties]);
  const list = useMemo(() => checklist({ parties, situation, of, builds }), [parties, situation, of, builds]);

  const ask = (
    <Ask
      asked={asked}
      set={set}
      change={change}
      topics={topics}
      paths={found.paths}
      all={found.all}
      before={before}
      after={after}
    />
  );
  if (!subject && !node)
    return (
      <Page title={ti.title} answer={ti.ask}>
        {ask}
        <Empty title={ti.choose}>
          <p className="muted">{ti.chooseHow}</p>
        </Empty>
      </Page>
    );
  const what = subject || parts(node).name;
  const heading = (
    <>
      {ti.titleOf("")}
      {subject ? (
        <Link to="/subjects/$subject/fields" params={{ subject }} className="mono quiet-link">
          {split(subject).context !== "." && <span className="context">{split(subject).context.slice(1)}</span>}
          {split(subject).name}
        </Link>
      ) : (
        <span className="mono">{what}</span>
      )}
    </>
  );
  const versions = before && after ? `${version(before.version)} to ${version(after.version)}` : "";
  const sentence = ti.says({
    change,
    field,
    versions,
    writers: sum.writers,
    readers: sum.readers,
    further: sum.further,
    referrers: builds.length,
  });
  const unknown = sentencesOf({ impact, usage });
  const takeAlong = markdown(ti.titleOf(what), sentence, list, unknown);
  // A subject that is not there is no subject that nobody uses.
  const isMissing = subject !== "" && used.data === null && !impact;
  const isKnown = !isMissing && (impact !== undefined || used.data !== undefined);
  const isPending =
    (found.isAsked && told.isPending) ||
    (isMissing && found.glance.isPending) ||
    (subject !== "" && (used.isPending || found.list.isPending));
  const error = told.error ?? used.error ?? found.list.error ?? (isMissing ? found.glance.error : null);
  return (
    <Page
      title={ti.titleOf(what)}
      heading={heading}
      answer={
        isPending || (error && !isKnown) ? (
          " "
        ) : (
          <>
            {change === "versions" && explained.data && <Breaks situation={situation} readers={sum.readers} />}{" "}
            {sentence}
            {sum.silent > 0 && <span> {ti.silent(sum.silent)}</span>}
          </>
        )
      }
      beside={found.glance.data && <Owner name={found.glance.data.owner} />}
      actions={
        <>
          <span className="copy-link">
            <LinkIcon size={15} aria-hidden className="muted" />
            <CopyButton text={window.location.href} label={ti.copyLink} />
          </span>
          {impact && (
            <Link to="/lineage" search={{ focus: impact.node, view: "graph", down: 3 }} className="button plain">
              <Network size={15} aria-hidden />
              {ti.inLineage}
            </Link>
          )}
          {change === "versions" && before && after && (
            <Link
              to="/subjects/$subject/compare"
              params={{ subject }}
              search={{ from: before.version, to: after.version }}
              className="button plain"
            >
              <GitCompareArrows size={15} aria-hidden />
              {ti.compare}
            </Link>
          )}
          {isKnown && (
            <MenuButton
              label={t.action.export}
              icon={<Download size={15} aria-hidden />}
              items={[
                {
                  id: "csv",
                  label: ti.exportCsv(parties.length),
                  onAction: () => download(`impact-${what}.csv`, "text/csv", csv(parties, of)),
                },
                {
                  id: "json",
                  label: ti.exportJson,
                  onAction: () =>
                    download(`impact-${what}.json`, "application/json", JSON.stringify({ impact, usage }, null, 2)),
                },
                {
                  id: "list",
                  label: ti.exportList,
                  onAction: () => download(`impact-${what}.md`, "text/markdown", takeAlong),
                },
              ]}
            />
          )}
        </>
      }
    >
      {ask}
      {isPending ? (
        <Skeleton rows={10} />
      ) : error && !isKnown ? (
        <Failed
          what={ti.what}
          error={error}
          retry={() => void Promise.all([told.refetch(), used.refetch(), found.list.refetch()])}
        />
      ) : (
        <div className="stack">
          {error && <Stale error={error} since={told.dataUpdatedAt || used.dataUpdatedAt} />}
          {change === "versions" && explained.error && (
            <Failed what={td.compare.what} error={explained.error} retry={() => void explained.refetch()} />
          )}
          <div className="impact" data-known={impact !== undefined}>
            {impact ? (
              <>
                <Tiles
                  tiles={[
                    {
                      label: ti.tiles.writers,
                      value: number(sum.writers),
                      say: sum.rate === null ? ti.rateUnknown : ti.rate(rateText(sum.rate), rangeText(asked.range)),
                    },
                    {
                      label: ti.tiles.readers,
                      value: number(sum.readers),
                      say:
                        impact.coverage.groupsKnown === null
                          ? ti.ofUnknown
                          : ti.ofKnown(impact.coverage.groupsObserved, impact.coverage.groupsKnown),
                      isUnknown: impact.coverage.groupsKnown === null,
                    },
                    {
                      label: ti.tiles.further,
                      value: number(sum.further),
                      say: sum.further ? ti.kinds(sum.kinds) : ti.nothingFurther,
                    },
                    {
                      label: ti.tiles.owners,
                      value: number(sum.owners.length),
                      say: sum.ownerless ? ti.ownerless(sum.ownerless) : ti.allOwned,
                    },
                  ]}
                />
                <Ripple node={impact.node} parties={parties} of={of} />
              </>
            ) : topics.length > 1 ? (
              <Empty title={ti.topics}>
                <p className="muted">{ti.topicsHow}</p>
                <ul className="topic-choice">
                  {topics.map((id) => (
                    <li key={id}>
                      <Link from="/impact" search={(old) => ({ ...old, node: id })} className="button plain mono">
                        {parts(id).name} <span className="fine">{parts(id).namespace}</span>
                      </Link>
                    </li>
                  ))}
                </ul>
              </Empty>
            ) : (
              <Empty title={ti.unseen}>
                <p className="muted">{ti.unseenHow}</p>
                {asked.range !== "all" && <Button onPress={() => set({ range: "all" })}>{ti.longer}</Button>}
              </Empty>
            )}
            <div className="impact-cards">
              <Before list={list} text={takeAlong} />
              <Unknown impact={impact} usage={usage} />
              {field && impact && <Made fields={impact.fields} />}
            </div>
            {impact && (
              <Who
                parties={parties}
                of={of}
                isTold={change !== "any" || field !== ""}
                isFieldDropped={field !== "" && change === "delete"}
                asked={asked}
                set={set}
              />
            )}
            <div className="impact-cards">
              <Builds subjects={builds} />
              <Owners owners={sum.owners} ownerless={sum.ownerless} set={(owner) => set({ owner })} />
              <Says readers={impact?.declaredReaders ?? usage?.declaredReaders ?? []} field={field} />
              {usage && <Versions usage={usage} subject={subject} />}
              {usage && <Registered usage={usage} />}
            </div>
          </div>
        </div>
      )}
    </Page>
  );
}

/** What a new version does to those who read now, in one word. */
function Breaks({ situation, readers }: { situation: Situation; readers: number }) {
  const { now, later } = broken(situation.explained);
  if (now && readers) return <VerdictPill verdict="error">{ti.breaks(readers)}</VerdictPill>;
  if (now || later) return <VerdictPill verdict="warning">{now ? t.verdict.warning : ti.waits}</VerdictPill>;
  return readers ? <VerdictPill verdict="safe">{ti.fine}</VerdictPill> : <Pill>{ti.fine}</Pill>;
}
