// What is the file of a schema called? By its subject, in a name that no system reads otherwise, with the ending of its format.
import { split } from "../api/subject-name";

const ENDINGS: Record<string, string> = { AVRO: "avsc", JSON: "json", PROTOBUF: "proto" };
export const ending = (type: string) => ENDINGS[type] ?? "txt";

/** For a single file, that nothing is said about but its name: other signs are lines. */
export const fileOf = (subject: string) => subject.replace(/[^\w.-]+/g, "_");

/** Among others: a folder for each context but the default one; what could mean another folder is written as in addresses. */
export function pathOf(subject: string, type: string): string {
  const { context, name } = split(subject);
  const folder = context === "." ? "" : `${safe(context.slice(1))}/`;
  return `${folder}${safe(name)}.${ending(type)}`;
}

const safe = (text: string) =>
  encodeURIComponent(text).replace(/[*']|^\.+/g, (signs) =>
    [...signs].map((sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).join(""),
  );
