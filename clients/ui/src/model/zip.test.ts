// Is an archive one that others can open, with all that was put in?
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { zip } from "./zip";

test("what is put into an archive comes out of it, by Python's own means", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-zip-"));
  try {
    const long = JSON.stringify(Array.from({ length: 2_000 }, (_, index) => ({ name: `field${index}`, type: "long" })));
    const entries = [
      { name: "orders-value.avsc", text: '"string"' },
      { name: "staging/größe-value.json", text: '{"title": "Größe 🦀"}' },
      { name: "long.avsc", text: long },
      { name: "empty.proto", text: "" },
    ];
    const made = await zip(entries, new Date(2026, 10, 28, 4, 30, 20));
    writeFileSync(join(folder, "all.zip"), new Uint8Array(await made.arrayBuffer()));
    expect(made.size).toBeLessThan(long.length / 2);
    const program =
      "import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2]); " +
      "print(json.dumps([[i.filename, list(i.date_time)] for i in z.infolist()]))";
    const told = execFileSync("python3", ["-c", program, join(folder, "all.zip"), join(folder, "out")], {
      encoding: "utf8",
    });
    expect(JSON.parse(told)).toEqual(entries.map(({ name }) => [name, [2026, 11, 28, 4, 30, 20]]));
    for (const { name, text } of entries) expect(readFileSync(join(folder, "out", name), "utf8")).toBe(text);
    expect(readdirSync(join(folder, "out"))).toHaveLength(4);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
