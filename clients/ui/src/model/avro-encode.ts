// How does a record that is written as JSON become the bytes that a rule is tried on? Avro's binary form, for samples only.

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Type = Json;
type Named = Map<string, { [name: string]: Json }>;

/** Bytes of a value; throws an Error that names the field where the value does not fit. */
export function encodeAvro(schema: Json, value: Json): Uint8Array {
  const out: number[] = [];
  const named: Named = new Map();
  note(schema, "", named);
  write(schema, value, "", "", named, out);
  return Uint8Array.from(out);
}

function note(schema: Type, namespace: string, named: Named): void {
  if (Array.isArray(schema)) for (const branch of schema) note(branch, namespace, named);
  if (!isObject(schema)) return;
  const inner = spaceOf(schema, namespace);
  if (typeof schema.name === "string") named.set(full(schema.name, inner), schema);
  if (Array.isArray(schema.fields))
    for (const field of schema.fields) if (isObject(field)) note(field.type ?? null, inner, named);
  for (const part of [schema.items, schema.values, typeof schema.type === "string" ? undefined : schema.type])
    if (part !== undefined) note(part, inner, named);
}

function write(type: Type, value: Json, path: string, namespace: string, named: Named, out: number[]): void {
  const wrong = (wanted: string): never => {
    throw new Error(`${path || "the record"}: ${wanted} is expected`);
  };
  if (Array.isArray(type)) {
    const index = type.findIndex((branch) => fits(branch, value, namespace, named));
    if (index < 0) wrong("a value of one of the union's branches");
    long(BigInt(index), out);
    return write(type[index] ?? null, value, path, namespace, named, out);
  }
  if (typeof type === "string") {
    const target = named.get(full(type, namespace)) ?? named.get(type);
    if (target) return write(target, value, path, namespace, named, out);
  }
  const schema = isObject(type) ? type : {};
  const inner = spaceOf(schema, namespace);
  const kind = typeof type === "string" ? type : schema.type;
  switch (kind) {
    case "null":
      return value === null ? undefined : wrong("null");
    case "boolean":
      if (typeof value !== "boolean") wrong("true or false");
      out.push(value ? 1 : 0);
      return;
    case "int":
    case "long":
      if (typeof value !== "number" || !Number.isInteger(value)) wrong("a whole number");
      return long(BigInt(value as number), out);
    case "float":
    case "double": {
      if (typeof value !== "number") wrong("a number");
      const view = new DataView(new ArrayBuffer(8));
      if (kind === "float") view.setFloat32(0, value as number, true);
      else view.setFloat64(0, value as number, true);
      for (let at = 0; at < (kind === "float" ? 4 : 8); at += 1) out.push(view.getUint8(at));
      return;
    }
    case "string":
      if (typeof value !== "string") wrong("a text");
      return sized(new TextEncoder().encode(value as string), out);
    case "bytes":
    case "fixed": {
      const raw =
        schema.logicalType === "decimal" && typeof value === "number"
          ? decimal(value, Number(schema.scale ?? 0))
          : typeof value === "string"
            ? latin1(value)
            : wrong("a text of bytes");
      if (kind === "bytes") return sized(raw, out);
      if (raw.length !== schema.size) wrong(`a text of ${schema.size} bytes`);
      out.push(...raw);
      return;
    }
    case "enum": {
      const index = Array.isArray(schema.symbols) ? schema.symbols.indexOf(value) : -1;
      if (index < 0) wrong(`one of ${JSON.stringify(schema.symbols)}`);
      return long(BigInt(index), out);
    }
    case "array":
      if (!Array.isArray(value)) return wrong("a list");
      if (value.length) long(BigInt(value.length), out);
      value.forEach((item, index) => write(schema.items ?? null, item, `${path}[${index}]`, inner, named, out));
      out.push(0);
      return;
    case "map": {
      if (!isObject(value)) return wrong("an object");
      const entries = Object.entries(value);
      if (entries.length) long(BigInt(entries.length), out);
      for (const [name, item] of entries) {
        sized(new TextEncoder().encode(name), out);
        write(schema.values ?? null, item, `${path}{${name}}`, inner, named, out);
      }
      out.push(0);
      return;
    }
    case "record":
    case "error":
      if (!isObject(value)) return wrong("an object");
      for (const field of Array.isArray(schema.fields) ? schema.fields : []) {
        if (!isObject(field)) continue;
        const name = String(field.name);
        const here = path ? `${path}.${name}` : name;
        const given = name in value ? value[name] : field.default;
        if (given === undefined) throw new Error(`${here}: the field is missing, and has no default`);
        write(field.type ?? null, given, here, inner, named, out);
      }
      return;
    default:
      if (isObject(schema.type) || Array.isArray(schema.type))
        return write(schema.type, value, path, inner, named, out);
      throw new Error(`${path || "the record"}: its type ${JSON.stringify(type)} is defined in another schema`);
  }
}

/** Whether a value can be meant by a branch; the first that fits is taken. */
function fits(branch: Type, value: Json, namespace: string, named: Named): boolean {
  try {
    write(branch, value, "", namespace, named, []);
    return true;
  } catch {
    return false;
  }
}

function long(value: bigint, out: number[]): void {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

function sized(raw: Uint8Array, out: number[]): void {
  long(BigInt(raw.length), out);
  for (const byte of raw) out.push(byte);
}

/** Two's complement, as short as it can be. */
function decimal(value: number, scale: number): Uint8Array {
  let whole = BigInt(Math.round(value * 10 ** scale));
  const found: number[] = [];
  for (;;) {
    found.unshift(Number(BigInt.asUintN(8, whole)));
    const isNegative = ((found[0] ?? 0) & 0x80) !== 0;
    whole >>= 8n;
    if ((whole === 0n && !isNegative) || (whole === -1n && isNegative)) return Uint8Array.from(found);
  }
}

const latin1 = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0) & 0xff);
const spaceOf = (schema: { [name: string]: Json }, outer: string) =>
  typeof schema.namespace === "string"
    ? schema.namespace
    : typeof schema.name === "string" && schema.name.includes(".")
      ? schema.name.slice(0, schema.name.lastIndexOf("."))
      : outer;
const full = (name: string, namespace: string) => (name.includes(".") || !namespace ? name : `${namespace}.${name}`);
const isObject = (value: unknown): value is { [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function base64(raw: Uint8Array): string {
  let text = "";
  for (const byte of raw) text += String.fromCharCode(byte);
  return btoa(text);
}
