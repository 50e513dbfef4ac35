// What is behind an id, and who uses it? Every subject and version, not just one.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { contexts as contextsQuery, schemaById } from "../api/queries";
import { version } from "../model/format";
import { printed } from "../model/json-text";
import { CopyButton, Select } from "../parts/Controls";
import { Page } from "../parts/Page";
import { formatName, Pill } from "../parts/Pill";
import { Failed, Skeleton } from "../parts/States";
import { t } from "../strings";
import { contracts as td } from "../strings-contracts";

const Code = lazy(() => import("../code/Code"));
const route = getRouteApi("/ids/$id");

export function SchemaById() {
  const { id } = route.useParams();
  const { context = "." } = route.useSearch();
  const navigate = route.useNavigate();
  const contexts = useQuery(contextsQuery);
  const found = useQuery(schemaById(Number(id), context));
  const { schema, users = [] } = found.data ?? {};
  const type = schema?.schemaType ?? "AVRO";
  const text = useMemo(
    () => (schema ? (type === "PROTOBUF" ? schema.schema : printed(schema.schema).text) : ""),
    [schema, type],
  );
  const subjects = new Set(users.map((one) => one.subject)).size;
  return (
    <Page
      title={t.id.title(id)}
      answer={found.data ? t.id.answer(users.length, subjects) : " "}
      actions={
        (contexts.data?.length ?? 0) > 1 && (
          <Select
            label={t.subjects.context}
            isHidden
            value={context}
            options={(contexts.data ?? []).map((name) => ({
              id: name,
              label: name === "." ? t.subjects.defaultContext : name.slice(1),
            }))}
            onChange={(value) => void navigate({ search: value === "." ? {} : { context: value } })}
          />
        )
      }
    >
      {found.isPending ? (
        <Skeleton rows={10} />
      ) : !schema ? (
        <Failed what={t.id.title(id)} error={found.error} retry={() => void found.refetch()} />
      ) : (
        <div className="stack">
          <div className="facts">
            <Pill>{formatName(type)}</Pill>
            {schema.guid && <span className="fine mono">{schema.guid}</span>}
            <CopyButton text={text} label={td.definition.copy} />
          </div>
          <section className="card">
            <h2>{t.id.usedBy}</h2>
            <ul className="list">
              {users.map((one) => (
                <li key={`${one.subject} ${one.version}`}>
                  <Link
                    to="/subjects/$subject/fields"
                    params={{ subject: one.subject ?? "" }}
                    search={{ v: one.version ?? 0 }}
                    className="mono"
                  >
                    {one.subject}
                  </Link>
                  <span className="mono">{version(one.version ?? 0)}</span>
                </li>
              ))}
            </ul>
          </section>
          <Suspense fallback={<Skeleton rows={10} />}>
            <Code text={text} language={type === "PROTOBUF" ? "protobuf" : "json"} label={t.id.title(id)} />
          </Suspense>
        </div>
      )}
    </Page>
  );
}
