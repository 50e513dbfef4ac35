// Is the client what openapi.yaml says? It is made anew, and must be what lies here; `npm run generate` puts it right.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the typed client is the one that openapi.yaml makes", { timeout: 120_000 }, () => {
  const made = join(mkdtempSync(join(tmpdir(), "tidegate-ui-")), "schema.d.ts");
  execFileSync(process.execPath, ["node_modules/openapi-typescript/bin/cli.js", "../../openapi.yaml", "-o", made], {
    stdio: "pipe",
  });
  expect(readFileSync("src/api/schema.d.ts", "utf8") === readFileSync(made, "utf8"), "run: npm run generate").toBe(
    true,
  );
});
