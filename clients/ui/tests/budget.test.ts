// Is the build as small as was promised? Sizes packed, since that is what goes over the wire.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const KB = 1000;
const built = existsSync("dist/app/index.html");

function packed(file: string): number {
  return gzipSync(readFileSync(file)).length;
}

/** What the browser loads before it knows which screen is wanted, and with it what a chunk imports at once. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) {
    if (name) withImports(join("dist/app/assets", name), seen);
  }
  return seen;
}

describe.skipIf(!built)("the build (npm run build makes one)", () => {
  const names = built ? readdirSync("dist/app/assets") : [];
  const find = (start: string) =>
    join("dist/app/assets", names.find((name) => name.startsWith(start) && name.endsWith(".js")) ?? "");

  test("needs 200 kB at most to show the subjects", () => {
    const page = readFileSync("dist/app/index.html", "utf8");
    const [, entry = ""] = /<script type="module"[^>]*src="\/ui\/assets\/([^"]+)"/.exec(page) ?? [];
    const files = withImports(find("Subjects-"), withImports(join("dist/app/assets", entry)));
    // Screens that bring styles of their own bring them when they come.
    const styles = [...page.matchAll(/<link rel="stylesheet"[^>]*href="\/ui\/assets\/([^"]+)"/g)].map(([, name = ""]) =>
      join("dist/app/assets", name),
    );
    expect(styles.length).toBeGreaterThan(0);
    const sum = [...files, ...styles].reduce((total, file) => total + packed(file), 0);
    expect(files.size).toBeGreaterThan(3);
    expect(sum).toBeLessThanOrEqual(200 * KB);
  });

  test("has no chunk of more than 150 kB", () => {
    for (const name of names.filter((one) => one.endsWith(".js")))
      expect(packed(join("dist/app/assets", name)), name).toBeLessThanOrEqual(150 * KB);
  });

  test("is 1800 kB in all at most, and asks no other host for anything", () => {
    // Licences have to be told however long they are; nobody loads them who does not ask for them.
    const files = readdirSync("dist/app", { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile() && !one.name.endsWith(".br") && one.name !== "third-party.txt",
    );
    const sum = files.reduce((total, one) => total + statSync(join(one.parentPath, one.name)).size, 0);
    expect(sum).toBeLessThanOrEqual(1800 * KB);
    expect(readFileSync("dist/app/index.html", "utf8")).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });
});
