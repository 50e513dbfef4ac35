// Where in the printed text of a JSON schema is what a pointer such as /fields/1 leads to?

export type Printed = { text: string /** Line of each pointer, from 1. */; lines: Map<string, number> };

/** JSON with two blanks per level, and the line on which every value begins. Text that is no JSON stays as it is. */
export function printed(source: string): Printed {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return { text: source, lines: new Map() };
  }
  const out: string[] = [];
  const lines = new Map<string, number>();
  let line = 1;
  const write = (text: string) => {
    out.push(text);
    for (const sign of text) if (sign === "\n") line += 1;
  };
  const walk = (part: unknown, pointer: string, indent: string) => {
    lines.set(pointer, line);
    const inner = `${indent}  `;
    const entries: [string, unknown][] | undefined = Array.isArray(part)
      ? part.map((item, index) => [String(index), item])
      : typeof part === "object" && part !== null
        ? Object.entries(part)
        : undefined;
    if (!entries) return write(JSON.stringify(part));
    const [open, close] = Array.isArray(part) ? ["[", "]"] : ["{", "}"];
    if (!entries.length) return write(`${open}${close}`);
    const isFlat =
      Array.isArray(part) && part.every((item) => typeof item !== "object") && JSON.stringify(part).length < 72;
    write(open);
    entries.forEach(([name, item], index) => {
      write(`${index ? (isFlat ? ", " : ",\n") : isFlat ? "" : "\n"}${isFlat ? "" : inner}`);
      if (!Array.isArray(part)) write(`${JSON.stringify(name)}: `);
      walk(item, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, inner);
    });
    write(isFlat ? close : `\n${indent}${close}`);
  };
  walk(value, "", "");
  return { text: out.join(""), lines };
}
