// Which fields does a Protobuf schema have? Reads what messages declare and passes over the rest; the server has parsed it.
import type { FieldNode } from "./fields";

type Message = { name: string; fields: Declared[]; nested: Map<string, Message>; outer: Message | undefined };
type Declared = {
  name: string;
  type: string;
  label: string;
  doc?: string;
  number: string;
  oneof?: string;
  value?: string;
};
type Token = { text: string; comment: string };

export function protobufFields(text: string): FieldNode[] {
  const file: Message = { name: "", fields: [], nested: new Map(), outer: undefined };
  new Reader(tokens(text)).body(file);
  const first = file.nested.values().next().value;
  return first ? below(first, "", new Set()) : [];
}

function below(message: Message, path: string, open: Set<Message>): FieldNode[] {
  if (open.has(message)) return [];
  const within = new Set(open).add(message);
  return message.fields.map((field) => {
    const name = path ? `${path}.${field.name}` : field.name;
    const isMap = field.value !== undefined;
    const target = lookUp(message, field.value ?? field.type);
    const inside = isMap ? `${name}{}` : field.label === "repeated" ? `${name}[]` : name;
    return {
      name: field.name,
      path: name,
      type: isMap ? `map of ${field.value}` : field.label === "repeated" ? `array of ${field.type}` : field.type,
      ...(field.doc ? { doc: field.doc } : {}),
      tags: field.oneof ? [`oneof ${field.oneof}`] : [],
      optional: field.label !== "required",
      children: target ? below(target, inside, within) : [],
    };
  });
}

/** A type's name means the nearest message around that has it. */
function lookUp(from: Message, name: string): Message | undefined {
  const parts = name.replace(/^\./, "").split(".");
  for (let scope: Message | undefined = from; scope; scope = scope.outer) {
    let target: Message | undefined = scope;
    for (const part of parts) target = target?.nested.get(part);
    if (target) return target;
  }
  // A name with its package: the last parts are the messages.
  return parts.length > 1 ? lookUp(from, parts.slice(1).join(".")) : undefined;
}

class Reader {
  private at = 0;
  constructor(private readonly list: Token[]) {}

  body(message: Message, oneof?: string): void {
    while (this.at < this.list.length && this.peek() !== "}") {
      const start = this.list[this.at];
      const word = this.next();
      if (word === "message") {
        const inner: Message = { name: this.next(), fields: [], nested: new Map(), outer: message };
        message.nested.set(inner.name, inner);
        this.braces(() => this.body(inner));
      } else if (word === "oneof") {
        const name = this.next();
        this.braces(() => this.body(message, name));
      } else if (["enum", "service", "extend"].includes(word)) {
        while (this.at < this.list.length && this.peek() !== "{") this.next();
        this.skipBraces();
      } else if (["syntax", "edition", "package", "import", "option", "reserved", "extensions"].includes(word)) {
        this.toSemicolon();
      } else if (word !== ";") {
        this.field(message, word, start?.comment ?? "", oneof);
      }
    }
  }

  private field(message: Message, word: string, doc: string, oneof: string | undefined): void {
    const hasLabel = ["optional", "required", "repeated"].includes(word);
    const label = hasLabel ? word : "";
    let type = hasLabel ? this.next() : word;
    let value: string | undefined;
    if (type === "map" && this.peek() === "<") {
      this.next();
      type = this.next();
      this.next();
      value = this.next();
      this.next();
    }
    const name = this.next();
    if (this.peek() !== "=") return this.toSemicolon();
    this.next();
    const number = this.next();
    this.toSemicolon();
    message.fields.push({
      name,
      type,
      label,
      number,
      ...(doc ? { doc } : {}),
      ...(oneof ? { oneof } : {}),
      ...(value ? { value } : {}),
    });
  }

  private braces(inside: () => void): void {
    this.next();
    inside();
    this.next();
  }

  private skipBraces(): void {
    let depth = 0;
    do {
      const word = this.next();
      if (word === "{") depth += 1;
      if (word === "}") depth -= 1;
    } while (depth > 0 && this.at < this.list.length);
  }

  private toSemicolon(): void {
    while (this.at < this.list.length && this.next() !== ";");
  }

  private peek(): string | undefined {
    return this.list[this.at]?.text;
  }

  private next(): string {
    const token = this.list[this.at];
    this.at += 1;
    return token?.text ?? "";
  }
}

/** Words and signs, each with the comment that stands before it. */
function tokens(text: string): Token[] {
  const found: Token[] = [];
  const pattern = /\/\/([^\n]*)|\/\*([\s\S]*?)\*\/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.]+|[^\s]/g;
  let comment: string[] = [];
  for (const match of text.matchAll(pattern)) {
    const said = match[1] ?? match[2];
    if (said !== undefined) {
      comment.push(said.replace(/^\s*\*+/gm, "").trim());
    } else {
      found.push({ text: match[0], comment: comment.join(" ").trim() });
      comment = [];
    }
  }
  return found;
}
