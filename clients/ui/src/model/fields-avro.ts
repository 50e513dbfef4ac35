// Which fields does an Avro schema have?
import type { FieldNode } from "./fields";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Named = Map<string, { [name: string]: Json }>;

const PRIMITIVES = new Set(["null", "boolean", "int", "long", "float", "double", "bytes", "string"]);

export function avroFields(text: string): FieldNode[] {
  const schema = JSON.parse(text) as Json;
  const named: Named = new Map();
  collect(schema, "", named);
  return below(schema, "", "", named, new Set());
}

/** Notes every named type under its full name. */
function collect(schema: Json, namespace: string, named: Named): void {
  if (Array.isArray(schema)) {
    for (const branch of schema) collect(branch, namespace, named);
  } else if (isObject(schema)) {
    const inner = namespaceOf(schema, namespace);
    if (typeof schema.name === "string" && typeof schema.type === "string") named.set(full(schema.name, inner), schema);
    if (Array.isArray(schema.fields))
      for (const field of schema.fields) if (isObject(field)) collect(field.type ?? null, inner, named);
    for (const part of [schema.items, schema.values]) if (part !== undefined) collect(part, inner, named);
    if (isObject(schema.type) || Array.isArray(schema.type)) collect(schema.type, inner, named);
  }
}

/** The fields of what a type holds; `path` is where it is, and `open` are the records that lead here. */
function below(schema: Json, path: string, namespace: string, named: Named, open: Set<string>): FieldNode[] {
  if (typeof schema === "string") {
    const target = named.get(full(schema, namespace)) ?? named.get(schema);
    return target ? below(target, path, namespace, named, open) : [];
  }
  if (Array.isArray(schema)) {
    const branches = schema.filter((branch) => branch !== "null");
    return branches.flatMap((branch) => below(branch, path, namespace, named, open));
  }
  if (!isObject(schema)) return [];
  const inner = namespaceOf(schema, namespace);
  switch (schema.type) {
    case "record":
    case "error": {
      const name = full(String(schema.name ?? ""), inner);
      if (open.has(name)) return [];
      const within = new Set(open).add(name);
      const fields = Array.isArray(schema.fields) ? schema.fields : [];
      return fields.filter(isObject).map((field) => fieldNode(field, path, inner, named, within));
    }
    case "array":
      return below(schema.items ?? null, `${path}[]`, inner, named, open);
    case "map":
      return below(schema.values ?? null, `${path}{}`, inner, named, open);
    default:
      return typeof schema.type === "object" ? below(schema.type, path, inner, named, open) : [];
  }
}

function fieldNode(
  field: { [name: string]: Json },
  path: string,
  namespace: string,
  named: Named,
  open: Set<string>,
): FieldNode {
  const name = String(field.name);
  const here = path ? `${path}.${name}` : name;
  const type = field.type ?? null;
  const isNullable = Array.isArray(type) && type.includes("null");
  return {
    name,
    path: here,
    type: label(type),
    ...(typeof field.doc === "string" ? { doc: field.doc } : {}),
    ...("default" in field ? { default: JSON.stringify(field.default) } : {}),
    tags: tagsOf(field),
    optional: isNullable || "default" in field,
    children: below(type, here, namespace, named, open),
  };
}

function tagsOf(field: { [name: string]: Json }): string[] {
  const tags = field["confluent:tags"];
  return Array.isArray(tags) ? tags.map(String) : [];
}

/** A type as people say it: `array of Line`, `decimal(12, 2)`, `string or null`. */
export function label(type: Json): string {
  if (typeof type === "string") return PRIMITIVES.has(type) ? type : (type.split(".").pop() ?? type);
  if (Array.isArray(type)) {
    const others = type.filter((branch) => branch !== "null").map(label);
    return [...others, ...(type.includes("null") ? ["null"] : [])].join(" or ");
  }
  if (!isObject(type)) return "?";
  if (typeof type.logicalType === "string") {
    return type.logicalType === "decimal" ? `decimal(${type.precision ?? "?"}, ${type.scale ?? 0})` : type.logicalType;
  }
  switch (type.type) {
    case "array":
      return `array of ${label(type.items ?? null)}`;
    case "map":
      return `map of ${label(type.values ?? null)}`;
    case "enum":
      return `enum ${type.name}`;
    case "fixed":
      return `fixed(${type.size})`;
    case "record":
    case "error":
      return String(type.name).split(".").pop() ?? "record";
    default:
      return label(type.type ?? null);
  }
}

function namespaceOf(schema: { [name: string]: Json }, outer: string): string {
  if (typeof schema.namespace === "string") return schema.namespace;
  const name = typeof schema.name === "string" ? schema.name : "";
  return name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : outer;
}

function full(name: string, namespace: string): string {
  return name.includes(".") || !namespace ? name : `${namespace}.${name}`;
}

function isObject(value: unknown): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
