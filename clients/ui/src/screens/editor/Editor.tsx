// What is a new version to be, and may it follow? The way in: an existing subject, or one that is named here.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { overview, split, versions } from "../../api/queries";
import type { SchemaType } from "../../model/editor";
import { Page } from "../../parts/Page";
import { Failed, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { editor as te } from "../../strings-editor";
import { pick } from "../subject/current";
import { Workbench } from "./Workbench";

const next = getRouteApi("/subjects/$subject/new");
const first = getRouteApi("/subjects/new");

/** A further version of a subject, beginning with the latest one or the one that the address names. */
export function NewVersion() {
  const { subject } = next.useParams();
  const { from, view } = next.useSearch();
  const navigate = next.useNavigate();
  const list = useQuery(versions(subject));
  const glance = useQuery(overview(subject));
  const { context, name } = split(subject);
  const title = te.title(subject);
  const heading = (
    <Link to="/subjects/$subject/fields" params={{ subject }} className="mono quiet-link">
      {context !== "." && <span className="context">{context.slice(1)}</span>}
      {name}
    </Link>
  );
  const isUnknown = glance.error instanceof ApiError && glance.error.status === 404;
  if (list.isPending || glance.isPending)
    return (
      <Page title={title} heading={heading}>
        <Skeleton rows={12} />
      </Page>
    );
  if (!isUnknown && (!list.data || !glance.data))
    return (
      <Page title={title} heading={heading}>
        <Failed
          what={t.subject.what}
          error={list.error ?? glance.error}
          retry={() => void Promise.all([list.refetch(), glance.refetch()])}
        />
      </Page>
    );
  const all = list.data ?? [];
  const latest = all.find((one) => !one.deleted);
  return (
    <Workbench
      key={`${subject} ${from ?? ""}`}
      title={title}
      heading={heading}
      subject={subject}
      begin={(from === undefined ? undefined : pick(all, from)) ?? latest}
      latest={latest}
      glance={glance.data}
      isShowingChanges={view === "changes"}
      showChanges={(isOn) =>
        void navigate({ search: (old) => ({ ...old, view: isOn ? ("changes" as const) : undefined }), replace: true })
      }
    />
  );
}

/** A subject that is not there yet. */
export function NewSubject() {
  const { subject = "", format } = first.useSearch();
  const navigate = first.useNavigate();
  return (
    <Workbench
      title={t.editor.newTitle}
      heading={t.editor.newTitle}
      subject={subject}
      name={(subject) =>
        void navigate({
          search: (old) => ({ ...old, subject: subject || undefined }) as typeof old,
          replace: true,
        })
      }
      format={isFormat(format) ? format : undefined}
      begin={undefined}
      latest={undefined}
      glance={undefined}
      isShowingChanges={false}
    />
  );
}

const isFormat = (text: string | undefined): text is SchemaType =>
  text === "AVRO" || text === "JSON" || text === "PROTOBUF";
