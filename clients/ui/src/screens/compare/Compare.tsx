// Is this change safe, and if not, for whom is it not?
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeftRight, Link as LinkIcon, Radius } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo } from "react";
import { explanation, type Schema, split, versions } from "../../api/queries";
import { useKeys } from "../../app/keys";
import { breaking, type Explanation, findingsOf, merged, ranked } from "../../model/compare";
import { fieldsOf } from "../../model/fields";
import { ago, version } from "../../model/format";
import { printed } from "../../model/json-text";
import { CopyButton, IconButton, Segments, Select } from "../../parts/Controls";
import { Page } from "../../parts/Page";
import { formatName, Pill, VerdictPill } from "../../parts/Pill";
import { Empty, Failed, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { pair } from "../subject/current";
import { LEVELS } from "../subject/Settings";
import { Findings } from "./Findings";
import { Passes } from "./Passes";
import { Structure } from "./Structure";

const Merge = lazy(() => import("../../code/Merge"));
const Reach = lazy(() => import("../impact/Reach"));
const route = getRouteApi("/subjects/$subject/compare");

export function Compare() {
  const { subject } = route.useParams();
  const asked = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(versions(subject));
  const all = list.data ?? [];
  const { before, after } = pair(all, asked);
  const level = LEVELS.find((one) => one === asked.level);
  const told = useQuery({
    ...explanation(subject, before?.version ?? 0, after, level),
    enabled: Boolean(after && before && !before.deleted),
  });
  const set = (change: Record<string, unknown>, replace = false) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace });
  const title = td.compare.title(subject, version(before?.version ?? 0), version(after?.version ?? 0));
  const heading = (
    <Link to="/subjects/$subject/fields" params={{ subject }} className="mono quiet-link">
      {split(subject).context !== "." && <span className="context">{split(subject).context.slice(1)}</span>}
      {split(subject).name}
    </Link>
  );

  if (list.isPending)
    return (
      <Page title={title} heading={heading}>
        <Skeleton rows={10} />
      </Page>
    );
  if (!list.data)
    return (
      <Page title={title} heading={heading}>
        <Failed what={t.subject.what} error={list.error} retry={() => void list.refetch()} />
      </Page>
    );
  if (!before || !after) {
    return (
      <Page title={title} heading={heading}>
        <Empty title={td.compare.nothing}>
          <p className="muted">{all.length < 2 ? td.compare.onlyOne : td.compare.noSuch}</p>
        </Empty>
      </Page>
    );
  }
  const options = all.map((one) => ({
    id: String(one.version),
    label: version(one.version),
    hint: one.ts ? ago(one.ts) : "",
  }));
  return (
    <Page
      title={title}
      heading={heading}
      answer={
        told.data ? (
          <Answer told={told.data} before={before} after={after} />
        ) : before.deleted ? (
          td.compare.deleted(version(before.version))
        ) : (
          " "
        )
      }
      beside={told.data && <Pill>{formatName(told.data.schemaType)}</Pill>}
      actions={
        <>
          <CopyLink />
          <Link
            to="/impact"
            search={{ subject, change: "versions", from: before.version, to: after.version }}
            className="button plain"
          >
            <Radius size={15} aria-hidden />
            {t.nav.impact}
          </Link>
        </>
      }
    >
      <div className="filters">
        <Select
          label={td.compare.from}
          isHidden
          value={String(before.version)}
          options={options}
          onChange={(value) => set({ from: Number(value), change: undefined })}
        />
        <IconButton
          label={td.compare.swap}
          onPress={() => set({ from: after.version, to: before.version, change: undefined })}
        >
          <ArrowLeftRight size={16} aria-hidden />
        </IconButton>
        <Select
          label={td.compare.to}
          isHidden
          value={String(after.version)}
          options={options}
          onChange={(value) => set({ to: Number(value), change: undefined })}
        />
        <Select
          label={td.compare.level}
          isHidden
          value={level ?? "own"}
          options={[
            { id: "own", label: td.compare.ownLevel },
            ...LEVELS.map((one) => ({ id: one as string, label: one, hint: t.level.means[one] })),
          ]}
          onChange={(value) => set({ level: value === "own" ? undefined : value })}
        />
        <Segments
          label={td.compare.view}
          value={asked.view ?? "structure"}
          onChange={(value) => set({ view: value === "text" ? "text" : undefined })}
          options={[
            { id: "structure", label: td.compare.structure },
            { id: "text", label: td.compare.text },
          ]}
        />
      </div>
      {told.isPending && !before.deleted ? (
        <Skeleton rows={10} />
      ) : told.data ? (
        <Both
          subject={subject}
          told={told.data}
          before={before}
          after={after}
          view={asked.view ?? "structure"}
          chosen={asked.change}
          choose={(change) => set({ change }, true)}
        />
      ) : told.error ? (
        <Failed what={td.compare.what} error={told.error} retry={() => void told.refetch()} />
      ) : (
        <Both
          subject={subject}
          told={undefined}
          before={before}
          after={after}
          view="text"
          chosen={undefined}
          choose={() => undefined}
        />
      )}
    </Page>
  );
}

/** In words, before anything else: how many changes, and what they break. */
function Answer({ told, before, after }: { told: Explanation; before: Schema; after: Schema }) {
  const broken = breaking(told).length;
  const verdict = told.isCompatible
    ? told.findings.some((one) => one.severity === "warning")
      ? "warning"
      : "safe"
    : "error";
  return (
    <>
      <VerdictPill verdict={verdict}>
        {told.isCompatible ? td.compare.passes(told.compatibility) : td.compare.refused(told.compatibility)}
      </VerdictPill>{" "}
      {td.compare.answer(told.changes.length, broken, version(before.version), version(after.version))}
    </>
  );
}

type BothProps = {
  subject: string;
  told: Explanation | undefined;
  before: Schema;
  after: Schema;
  view: string;
  chosen: number | undefined;
  choose: (change: number | undefined) => void;
};

function Both({ subject, told, before, after, view, chosen, choose }: BothProps) {
  const type = after.schemaType ?? "AVRO";
  const changes = useMemo(() => (told ? ranked(told) : []), [told]);
  const texts = useMemo(
    () =>
      [before.schema ?? "", after.schema ?? ""].map((text) =>
        type === "PROTOBUF" ? { text, lines: new Map<string, number>() } : printed(text),
      ),
    [before, after, type],
  );
  const tree = useMemo(
    () =>
      told
        ? merged(
            fieldsOf(before.schemaType ?? "AVRO", before.schema ?? "") ?? [],
            fieldsOf(type, after.schema ?? "") ?? [],
            told.changes,
          )
        : [],
    [told, before, after, type],
  );
  const change = chosen === undefined ? undefined : changes[chosen];
  const step = (by: number) => {
    if (changes.length)
      choose(
        chosen === undefined ? (by > 0 ? 0 : changes.length - 1) : (chosen + by + changes.length) % changes.length,
      );
  };
  useKeys({ n: () => step(1), p: () => step(-1) });
  const line = change?.candidate
    ? (texts[1]?.lines.get(change.candidate.path) ?? change.candidate.span?.line)
    : undefined;
  // What is chosen is brought into view on both sides.
  useEffect(() => {
    if (chosen === undefined) return;
    for (const selector of [`[data-change="${chosen}"]`, `[data-row-change="${chosen}"]`]) {
      document.querySelector(selector)?.scrollIntoView({
        block: "nearest",
        behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
      });
    }
  }, [chosen]);
  const isText = view === "text" || !tree.length;
  return (
    <div className="compare">
      <section className="compare-main stack" aria-label={isText ? td.compare.text : td.compare.structure}>
        {isText ? (
          <Suspense fallback={<Skeleton rows={14} />}>
            <Merge
              before={texts[0]?.text ?? ""}
              after={texts[1]?.text ?? ""}
              language={type === "PROTOBUF" ? "protobuf" : "json"}
              labels={[td.compare.textOf(version(before.version)), td.compare.textOf(version(after.version))]}
              line={line}
            />
          </Suspense>
        ) : (
          <Structure
            tree={tree}
            changes={changes}
            chosen={chosen}
            choose={choose}
            labels={[version(before.version), version(after.version)]}
            level={told?.compatibility ?? "NONE"}
          />
        )}
        {told && (
          <Suspense>
            <Reach
              subject={subject}
              explained={told}
              search={{ subject, change: "versions", from: before.version, to: after.version }}
            />
          </Suspense>
        )}
      </section>
      <section className="compare-side" aria-label={td.compare.findings}>
        {told && <Passes told={told} />}
        {told &&
          (changes.length ? (
            <Findings
              told={told}
              changes={changes}
              chosen={chosen}
              choose={choose}
              findingsOf={(one) => findingsOf(one, told)}
            />
          ) : (
            <Same told={told} isSameText={texts[0]?.text === texts[1]?.text} />
          ))}
      </section>
    </div>
  );
}

function Same({ told, isSameText }: { told: Explanation; isSameText: boolean }) {
  return (
    <Empty title={td.compare.same}>
      <p className="muted">{isSameText ? td.compare.sameText : td.compare.ignored}</p>
      {told.findings.length > 0 && <p className="muted">{told.findings.map((one) => one.message).join(" ")}</p>}
    </Empty>
  );
}

function CopyLink() {
  return (
    <span className="copy-link">
      <LinkIcon size={15} aria-hidden className="muted" />
      <CopyButton text={window.location.href} label={td.compare.copyLink} />
    </span>
  );
}
