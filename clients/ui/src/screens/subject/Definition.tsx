// How is it written? The text, for reading, folding and searching.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import { download } from "../../model/download";
import { ending, fileOf } from "../../model/files";
import { version } from "../../model/format";
import { printed } from "../../model/json-text";
import { Button, CopyButton, Segments } from "../../parts/Controls";
import { Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { useCurrent } from "./current";

const route = getRouteApi("/subjects/$subject");
const Code = lazy(() => import("../../code/Code"));

export function Definition() {
  const { subject, current } = useCurrent();
  const { as: form = "printed" } = route.useSearch();
  const navigate = useNavigate();
  const text = current?.schema ?? "";
  const type = current?.schemaType ?? "AVRO";
  const pretty = useMemo(() => (type === "PROTOBUF" ? text : printed(text).text), [text, type]);
  const shown = form === "printed" ? pretty : text;
  return (
    <div className="stack">
      <div className="filters">
        {type !== "PROTOBUF" && (
          <Segments
            label={td.definition.form}
            value={form}
            onChange={(chosen) =>
              void navigate({
                to: ".",
                search: (old) => ({ ...old, as: chosen === "stored" ? chosen : undefined }) as never,
                replace: true,
              })
            }
            options={[
              { id: "printed", label: td.definition.printed },
              { id: "stored", label: td.definition.stored },
            ]}
          />
        )}
        <p className="count">{td.definition.size(shown.split("\n").length, current?.guid ?? "")}</p>
        <CopyButton text={shown} label={td.definition.copy} />
        <Button
          onPress={() =>
            download(`${fileOf(subject)}.${version(current?.version ?? 0)}.${ending(type)}`, "text/plain", shown)
          }
        >
          <Download size={15} aria-hidden />
          {t.action.download}
        </Button>
      </div>
      <Suspense fallback={<Skeleton rows={12} />}>
        <Code text={shown} language={type === "PROTOBUF" ? "protobuf" : "json"} label={td.definition.label(subject)} />
      </Suspense>
    </div>
  );
}
