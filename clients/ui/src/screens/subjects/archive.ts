// How are the schemas of many subjects taken along? The latest of each as a file, with what else was found in one beside them.
import { api, body } from "../../api/client";
import type { Hit } from "../../api/search";
import { pathOf } from "../../model/files";
import { type Entry, zip } from "../../model/zip";

/** The most that the server gives at once. */
const MOST = 1000;

export async function archive(found: Hit[], signal: AbortSignal): Promise<Blob> {
  const wanted = new Set(found.map((one) => one.subject));
  const files: Entry[] = [{ name: "subjects.json", text: JSON.stringify(found, null, 2) }];
  // A list of all is a few requests, however many are wanted; each by itself would be one for each.
  for (let offset = 0, isMore = true; isMore; offset += MOST) {
    const query = { subjectPrefix: ":*:", latestOnly: true, deleted: true, offset, limit: MOST };
    const page = await body(api.GET("/schemas", { params: { query }, signal }));
    for (const { subject, schemaType = "AVRO", schema = "" } of page)
      if (wanted.has(subject)) files.push({ name: pathOf(subject, schemaType), text: schema });
    isMore = page.length === MOST;
  }
  return zip(files);
}
