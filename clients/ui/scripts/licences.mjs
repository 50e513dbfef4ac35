// Whose work is in the build, and under which licence? A text beside the UI that its About card leads to.
import { readdir, readFile, writeFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const lock = JSON.parse(await readFile(new URL("package-lock.json", root), "utf8"));
const packages = Object.entries(lock.packages).filter(
  ([path, one]) => path.startsWith("node_modules/") && !one.dev && !one.optional && !one.peer,
);

const parts = [];
/** Licences that many share word for word are told once. @type {Map<string, string[]>} */
const texts = new Map();
for (const [path, { version }] of packages.sort(([a], [b]) => a.localeCompare(b))) {
  const folder = new URL(`${path}/`, root);
  const files = /** @type {string[]} */ (await readdir(folder).catch(() => []));
  if (!files.includes("package.json")) continue;
  const { name, license } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  parts.push(`${name} ${version}: ${license}`);
  const file = files.find((one) => /^licen[cs]e/i.test(one));
  const text = file ? (await readFile(new URL(file, folder), "utf8")).trim() : "";
  if (text) texts.set(text, [...(texts.get(text) ?? []), name]);
}
const told = [...texts].map(([text, names]) => `${"=".repeat(78)}\n${names.join(", ")}\n\n${text}`);
await writeFile(
  new URL("dist/app/third-party.txt", root),
  `Software in the stewards' UI of Tidegate\n\n${parts.join("\n")}\n\n${told.join("\n\n")}\n`,
);
