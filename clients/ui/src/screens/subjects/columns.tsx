// What is told of each subject in a list?
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { split } from "../../api/queries";
import type { Hit } from "../../api/search";
import { ago, dateTime, number, version } from "../../model/format";
import { formatName, LevelPill, ModePill, Owner, Pill, TagChip } from "../../parts/Pill";
import type { Column } from "../../parts/Table";
import { t } from "../../strings";

/** Not loaded unless somebody wants the column. */
const Broken = lazy(() => import("./Broken"));

/** Those that can be sorted by are called as the server calls the order. */
export const columns: Column<Hit>[] = [
  {
    id: "name",
    label: t.subjects.columns.subject,
    width: "minmax(180px, 3.4fr)",
    isSortable: true,
    cell: (one) => <Name one={one} />,
  },
  {
    id: "format",
    label: t.subjects.columns.format,
    width: "minmax(98px, 0.5fr)",
    cell: (one) => formatName(one.schemaType),
  },
  {
    id: "compat",
    label: t.subjects.columns.compat,
    width: "minmax(140px, 0.8fr)",
    cell: (one) => <LevelPill level={one.compatibility.level} from={one.compatibility.from} />,
  },
  {
    id: "version",
    label: t.subjects.columns.version,
    width: "52px",
    isNumber: true,
    cell: (one) => <span className="mono">{version(one.version)}</span>,
  },
  {
    id: "id",
    label: t.subjects.columns.id,
    width: "56px",
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
    width: "84px",
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
    width: "minmax(106px, 0.6fr)",
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
    width: "minmax(134px, 1.1fr)",
    cell: (one) => <Owner name={one.owner} />,
  },
  {
    id: "broken",
    label: t.subjects.columns.broken,
    width: "112px",
    isExtra: true,
    cell: (one) => (
      <Suspense>
        <Broken subject={one.subject} />
      </Suspense>
    ),
  },
  {
    id: "tags",
    label: t.subjects.columns.tags,
    width: "minmax(76px, 0.7fr)",
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
export const USUAL = ["format", "compat", "version", "updated", "owner", "tags"];

/** The name, and the fields because of which it was found. */
function Name({ one }: { one: Hit }) {
  const { context, name } = split(one.subject);
  const fields = one.fields?.join(", ");
  return (
    <span className="two-lines">
      <Link to="/subjects/$subject/fields" params={{ subject: one.subject }} className="name mono" title={one.subject}>
        {context !== "." && <span className="context">{context.slice(1)}</span>}
        {name}
      </Link>
      {fields && (
        <Link
          to="/subjects/$subject/fields"
          params={{ subject: one.subject }}
          search={{ q: one.fields?.[0] ?? "" }}
          className="fine found-field"
          title={t.subjects.foundBy(fields)}
        >
          {fields}
        </Link>
      )}
    </span>
  );
}
