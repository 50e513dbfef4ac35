// Which compatibility rules are there, and how far do they speak the truth about data?
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { compatibilityRules } from "../../api/queries";
import { csvOf } from "../../model/csv";
import { download } from "../../model/download";
import { MenuButton, SearchBox } from "../../parts/Controls";
import { Page } from "../../parts/Page";
import { Pill, VerdictIcon } from "../../parts/Pill";
import { Empty, Failed, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { gate } from "../../strings-gate";

const route = getRouteApi("/rules/compatibility");

export function Checks() {
  const { rule } = route.useSearch();
  const found = useQuery(compatibilityRules);
  const [words, setWords] = useState("");
  const all = found.data ?? [];
  const shown = useMemo(() => {
    const wanted = words.trim().toLowerCase();
    return (found.data ?? []).filter((one) =>
      `${one.rule} ${one.slug} ${one.purpose} ${one.confluent ?? ""}`.toLowerCase().includes(wanted),
    );
  }, [found.data, words]);
  useEffect(() => {
    if (rule && found.data) document.getElementById(rule)?.scrollIntoView({ block: "center" });
  }, [rule, found.data]);
  return (
    <Page
      title={t.checks.title}
      answer={found.data ? gate.checks.answer(all.length) : " "}
      actions={
        shown.length > 0 && (
          <MenuButton
            label={t.action.export}
            icon={<Download size={15} aria-hidden />}
            items={[
              {
                id: "csv",
                label: gate.checks.exportCsv(shown.length),
                onAction: () =>
                  download(
                    "compatibility-rules.csv",
                    "text/csv",
                    csvOf([
                      ["rule", "name", "severity", "basis", "purpose", "confluent"],
                      ...shown.map((one) => [
                        one.rule,
                        one.slug,
                        one.severity,
                        one.basis,
                        one.purpose,
                        one.confluent ?? "",
                      ]),
                    ]),
                  ),
              },
              {
                id: "json",
                label: gate.checks.exportJson(shown.length),
                onAction: () =>
                  download("compatibility-rules.json", "application/json", JSON.stringify(shown, null, 2)),
              },
            ]}
          />
        )
      }
    >
      <div className="filters">
        <SearchBox inputId="page-search" label={gate.checks.search} value={words} onChange={setWords} />
      </div>
      {found.isPending ? (
        <Skeleton rows={12} />
      ) : !found.data ? (
        <Failed what={t.checks.title} error={found.error} retry={() => void found.refetch()} />
      ) : shown.length ? (
        <ul className="checks card">
          {shown.map((one) => (
            <li key={one.rule} id={one.rule} data-chosen={one.rule === rule}>
              <VerdictIcon verdict={one.severity} />
              <div>
                <h2>
                  <span className="mono">{one.rule}</span> <span className="muted">{one.slug}</span>
                </h2>
                <p>{one.purpose}</p>
                <p className="fine">
                  <Pill title={gate.checks.basisMeans[one.basis]}>{gate.checks.basis[one.basis]}</Pill>
                  {one.confluent && (
                    <>
                      {" "}
                      {gate.checks.confluent} <span className="mono">{one.confluent}</span>
                    </>
                  )}
                </p>
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <Empty title={gate.checks.none} />
      )}
    </Page>
  );
}
