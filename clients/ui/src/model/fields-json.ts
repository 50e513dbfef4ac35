// Which fields does a JSON Schema have?
import type { FieldNode } from "./fields";

type Schema = { [name: string]: unknown };

/** How deep a tree is followed: beyond, a schema refers to itself in ways that nobody reads. */
const DEEPEST = 24;

export function jsonFields(text: string): FieldNode[] {
  const root: unknown = JSON.parse(text);
  return isSchema(root) ? below(root, "", root, []) : [];
}

function below(schema: Schema, path: string, root: Schema, open: Schema[]): FieldNode[] {
  const here = followed(schema, root);
  if (open.includes(here) || open.length > DEEPEST) return [];
  const within = [...open, here];
  const required = Array.isArray(here.required) ? here.required : [];
  const own = isSchema(here.properties)
    ? Object.entries(here.properties).map(([name, value]) =>
        fieldNode(name, isSchema(value) ? value : {}, path, required.includes(name), root, within),
      )
    : [];
  const items = isSchema(here.items) ? below(here.items, `${path}[]`, root, within) : [];
  const values = isSchema(here.additionalProperties) ? below(here.additionalProperties, `${path}{}`, root, within) : [];
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((word) => {
    const list = here[word];
    return Array.isArray(list) ? list.filter(isSchema).flatMap((part) => below(part, path, root, within)) : [];
  });
  const seen = new Set<string>();
  return [...own, ...items, ...values, ...parts].filter((field) => !seen.has(field.path) && seen.add(field.path));
}

function fieldNode(
  name: string,
  schema: Schema,
  path: string,
  isRequired: boolean,
  root: Schema,
  open: Schema[],
): FieldNode {
  const here = path ? `${path}.${name}` : name;
  const target = followed(schema, root);
  const doc = schema.description ?? schema.title ?? target.description;
  const tags = schema["confluent:tags"];
  return {
    name,
    path: here,
    type: label(schema, root),
    ...(typeof doc === "string" ? { doc } : {}),
    ...("default" in target ? { default: JSON.stringify(target.default) } : {}),
    tags: Array.isArray(tags) ? tags.map(String) : [],
    optional: !isRequired,
    children: below(schema, here, root, open),
  };
}

function label(schema: Schema, root: Schema): string {
  const here = followed(schema, root);
  if (Array.isArray(here.enum)) return `one of ${here.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  if ("const" in here) return `always ${JSON.stringify(here.const)}`;
  const type = Array.isArray(here.type) ? here.type.join(" or ") : here.type;
  if (type === "array" && isSchema(here.items)) return `array of ${label(here.items, root)}`;
  if (typeof type === "string") return typeof here.format === "string" ? `${type} (${here.format})` : type;
  for (const word of ["oneOf", "anyOf"]) {
    const list = here[word];
    if (Array.isArray(list))
      return list
        .filter(isSchema)
        .map((part) => label(part, root))
        .join(" or ");
  }
  return typeof here.$ref === "string" ? here.$ref : "any";
}

/** What a reference within the text leads to; one to elsewhere stays as it is. */
function followed(schema: Schema, root: Schema): Schema {
  let here = schema;
  for (let steps = 0; steps < 8 && typeof here.$ref === "string" && here.$ref.startsWith("#"); steps += 1) {
    let target: unknown = root;
    for (const part of here.$ref.slice(1).split("/").filter(Boolean)) {
      const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      target = isSchema(target) || Array.isArray(target) ? (target as Schema)[name] : undefined;
    }
    if (!isSchema(target)) break;
    here = target;
  }
  return here;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
