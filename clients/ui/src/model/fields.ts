// Which fields does a schema have? One tree for all formats, with paths as the server writes them: `lines[].price`, `tags{}`.
import { avroFields } from "./fields-avro";
import { jsonFields } from "./fields-json";
import { protobufFields } from "./fields-protobuf";

export type FieldNode = {
  name: string;
  /** Where its value is in payloads. */
  path: string;
  type: string;
  doc?: string;
  default?: string;
  tags: string[];
  /** Whether a record may do without it. */
  optional: boolean;
  children: FieldNode[];
};

export type SchemaType = "AVRO" | "JSON" | "PROTOBUF";

/** The fields below the root; undefined where the text can't be read. `tags` are those that metadata add, by pattern. */
export function fieldsOf(type: string, text: string, tags: Record<string, string[]> = {}): FieldNode[] | undefined {
  try {
    const fields = type === "PROTOBUF" ? protobufFields(text) : type === "JSON" ? jsonFields(text) : avroFields(text);
    return Object.keys(tags).length ? fields.map((field) => tagged(field, tags)) : fields;
  } catch {
    return undefined;
  }
}

/** Metadata names fields by full name; the end of a pattern is its field, and that is what is compared here. */
function tagged(field: FieldNode, tags: Record<string, string[]>): FieldNode {
  const plain = field.path.replace(/\[\]|\{\}/g, "");
  const more = Object.entries(tags).flatMap(([pattern, names]) =>
    pattern === plain || pattern.endsWith(`.${plain}`) ? names : [],
  );
  return {
    ...field,
    tags: [...new Set([...field.tags, ...more])],
    children: field.children.map((child) => tagged(child, tags)),
  };
}

export function countFields(fields: FieldNode[]): number {
  return fields.reduce((sum, field) => sum + 1 + countFields(field.children), 0);
}

type Version = { version: number; schemaType?: string; schema: string };
/** So far back it is looked: reading more versions would keep a page waiting. */
const MOST_VERSIONS = 40;

/**
 * In which version a field came that the first one lacked, by its path. `versions`: the one that is looked at, then those
 * before it, latest first. What went and came again counts from when it came again. Of fields that are older than the
 * versions that are looked through, or than one that can't be read, nothing is told.
 */
export function sinceOf(versions: Version[]): Map<string, number> {
  const since = new Map<string, number>();
  const [now, ...before] = versions.slice(0, MOST_VERSIONS);
  if (!now) return since;
  let left = pathsOf(now) ?? new Set<string>();
  let after = now.version;
  for (const one of before) {
    const paths = pathsOf(one);
    if (!paths) break;
    for (const path of left) if (!paths.has(path)) since.set(path, after);
    left = new Set([...left].filter((path) => paths.has(path)));
    after = one.version;
  }
  return since;
}

function pathsOf({ schemaType = "AVRO", schema }: Version): Set<string> | undefined {
  const paths = (fields: FieldNode[]): string[] => fields.flatMap((one) => [one.path, ...paths(one.children)]);
  const fields = fieldsOf(schemaType, schema);
  return fields && new Set(paths(fields));
}

export type Row = { node: FieldNode; depth: number; hasChildren: boolean; parent: string | undefined };

/** The tree as rows, without what lies below a closed node. */
export function rowsOf(fields: FieldNode[], closed: ReadonlySet<string>, depth = 0, parent?: string): Row[] {
  return fields.flatMap((node) => [
    { node, depth, hasChildren: node.children.length > 0, parent },
    ...(closed.has(node.path) ? [] : rowsOf(node.children, closed, depth + 1, node.path)),
  ]);
}

/** The fields whose name, type, tag or description has the words, with the way to them. */
export function filterFields(fields: FieldNode[], words: string): FieldNode[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return fields;
  return fields.flatMap((field) => {
    const hit = [field.path, field.type, field.doc ?? "", ...field.tags].some((text) =>
      text.toLowerCase().includes(wanted),
    );
    if (hit) return [field];
    const children = filterFields(field.children, words);
    return children.length ? [{ ...field, children }] : [];
  });
}
