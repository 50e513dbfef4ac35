// Whose work is in the build, and under which licence? A text beside the UI that its About card leads to.
import { readdir, readFile, writeFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const lock = JSON.parse(await readFile(new URL("package-lock.json", root), "utf8"));
const packages = Object.entries(lock.packages).filter(
  ([path, one]) =>
    path.startsWith("node_modules/") && !one.dev && !one.optional && !one.peer && !path.includes("/@types/"),
);

const parts = [];
/** Licences that many share but for whose work it is are told once. @type {Map<string, { text: string, whose: string[] }>} */
const texts = new Map();
for (const [path, { version }] of packages.sort(([a], [b]) => a.localeCompare(b))) {
  const folder = new URL(`${path}/`, root);
  const files = /** @type {string[]} */ (await readdir(folder).catch(() => []));
  if (!files.includes("package.json")) continue;
  const { name, license } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  parts.push(`${name} ${version}: ${license}`);
  const file = files.find((one) => /^licen[cs]e/i.test(one));
  const lines = file ? (await readFile(new URL(file, folder), "utf8")).trim().split("\n") : [];
  const isWhose = (/** @type {string} */ line) => /^\s*copyright\b.*(\d{4}|\(c\)|©)/i.test(line);
  const text = lines.filter((line) => !isWhose(line)).join("\n");
  if (!text) continue;
  const key = text.replace(/^\W*(the )?MIT License( \(MIT\))?\W*/i, "").replace(/[\s"'“”]+/g, " ");
  const known = texts.get(key) ?? { text, whose: [] };
  known.whose.push(
    `${name}\n${lines
      .filter(isWhose)
      .map((line) => `  ${line.trim()}\n`)
      .join("")}`,
  );
  texts.set(key, known);
}
const told = [...texts.values()].map(({ text, whose }) => `${"=".repeat(78)}\n${whose.join("")}\n${text}`);
await writeFile(
  new URL("dist/app/third-party.txt", root),
  `Software in the stewards' UI of Tidegate\n\n${parts.join("\n")}\n\n${told.join("\n\n")}\n`,
);
