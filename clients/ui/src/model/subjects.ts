// How is a list of subjects written for a spreadsheet?
import type { Overview } from "../api/queries";
import { csvOf } from "./csv";

export function csv(subjects: Overview[]): string {
  const head = [
    "subject",
    "context",
    "format",
    "compatibility",
    "compatibility_from",
    "mode",
    "version",
    "id",
    "versions",
    "updated",
    "owner",
    "tags",
  ];
  const rows = subjects.map((one) => [
    one.subject,
    one.context,
    one.schemaType,
    one.compatibility.level,
    one.compatibility.from,
    one.mode.mode,
    one.version,
    one.id,
    one.versions,
    new Date(one.updated).toISOString(),
    one.owner ?? "",
    (one.tags ?? []).join(" "),
  ]);
  return csvOf([head, ...rows]);
}
