// Do very many subjects and very wide schemas stay smooth? What is in the page is bounded; how long it took is told, not judged.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, visit } from "./browser";
import { start } from "./setup";

/** Fewer, where somebody has no patience. */
const SUBJECTS = Number(process.env.TIDEGATE_UI_SUBJECTS ?? 10_000);
const FIELDS = 500;
const AT_ONCE = 16;
/** What a screen full of rows may come to, with those that are ready above and below it. */
const MOST_ROWS = 80;

let browser: Browser;
let many: Awaited<ReturnType<typeof start>>;

async function register(subject: string, schema: object): Promise<void> {
  const told = await fetch(`${many.url}/subjects/${subject}/versions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  expect(told.status).toBe(200);
}

const field = (index: number) => ({
  name: `field_${index}`,
  type: ["null", "string"],
  default: null,
  doc: `No. ${index}`,
});
const wide = (fields: object[]) => ({ type: "record", name: "Wide", namespace: "many", fields });

/** How long something took in the page, from what was done until what is meant to be seen is there. */
async function took(
  page: Page,
  what: string,
  act: () => Promise<unknown>,
  shown: () => Promise<unknown>,
): Promise<void> {
  const began = performance.now();
  await act();
  await shown();
  const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { long: number[] }).long.splice(0)));
  console.log(`${what}: ${Math.round(performance.now() - began)} ms, longest task ${Math.round(longest)} ms`);
}

async function watched() {
  const seen = await visit(browser, {}, [], many.url);
  await seen.page.addInitScript(() => {
    const long: number[] = [];
    (window as unknown as { long: number[] }).long = long;
    new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => one.duration))).observe({
      type: "longtask",
    });
  });
  return seen;
}

beforeAll(async () => {
  browser = await launch();
  many = await start(process.env.TIDEGATE_SERVER_BIN ?? "");
  await register("wide-value", wide(Array.from({ length: FIELDS }, (_, index) => field(index))));
  await register(
    "wide-value",
    wide([...Array.from({ length: FIELDS - 1 }, (_, index) => field(index)), field(FIELDS), field(FIELDS + 1)]),
  );
  let next = 1;
  const began = performance.now();
  const worker = async () => {
    while (next < SUBJECTS) {
      const index = next++;
      const fields = [{ name: `key_${index % 40}`, type: "long" }];
      await register(`team${index % 25}.topic-${index}-value`, { type: "record", name: `R${index % 40}`, fields });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.log(`${SUBJECTS} subjects registered in ${Math.round((performance.now() - began) / 1000)} s`);
  // A search waits for a moment for what is new, and says while there is more of it.
  const total = async () => {
    const page = await (await fetch(`${many.url}/govern/v1/search?limit=1`)).json();
    return page.indexing ? 0 : page.total;
  };
  while ((await total()) !== SUBJECTS) await new Promise((resolve) => setTimeout(resolve, 500));
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await many?.stop();
});

test("of many subjects only those in view are in the page, however far one scrolls", async () => {
  const { page, wrongs, open, close } = await watched();
  const rows = page.locator(".table-body [role=row]");
  const all = new Intl.NumberFormat("en-GB").format(SUBJECTS);
  await took(
    page,
    "Subjects, opened",
    () => open("/subjects"),
    () => rows.first().waitFor(),
  );
  await page.getByText(`${all} found`).waitFor();
  expect(await rows.count()).toBeLessThanOrEqual(MOST_ROWS);
  expect(Number(await page.getByRole("table").getAttribute("aria-rowcount"))).toBe(SUBJECTS + 1);
  for (let turn = 1; turn <= 5; turn += 1) {
    const before = Number(await rows.last().getAttribute("aria-rowindex"));
    await took(
      page,
      `Scrolled ${turn}`,
      () => page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight)),
      () => expect.poll(async () => Number(await rows.last().getAttribute("aria-rowindex"))).toBeGreaterThan(before),
    );
    expect(await rows.count()).toBeLessThanOrEqual(MOST_ROWS);
  }
  await page.evaluate(() => scrollTo(0, 0));
  const search = page.getByRole("searchbox", { name: "Search subjects" });
  await took(
    page,
    "Narrowed by a word, the pause of 150 ms in it",
    () => search.fill("topic-77"),
    () => page.getByText(/^\d+ found$/).waitFor(),
  );
  await took(
    page,
    "Narrowed to one",
    () => search.fill(`topic-${SUBJECTS - 1}-`),
    () => page.getByText("1 found", { exact: true }).waitFor(),
  );
  expect(wrongs).toEqual([]);
  await close();
});

test("a schema of 500 fields is read, searched and compared", async () => {
  const { page, wrongs, open, close } = await watched();
  const fields = page.locator(".tree [role=row][data-path]");
  await took(
    page,
    "500 fields, opened",
    () => open("/subjects/wide-value/fields"),
    () => fields.first().waitFor(),
  );
  expect(await fields.count()).toBe(FIELDS + 1);
  // What is out of view is laid out when it comes into view.
  const drawn = await fields.last().evaluate((row) => getComputedStyle(row).contentVisibility);
  expect(drawn).toBe("auto");
  await took(
    page,
    "500 fields, searched",
    () => page.getByRole("searchbox", { name: "Search fields" }).fill("field_49"),
    () => expect.poll(() => fields.count()).toBe(10),
  );
  await took(
    page,
    "500 fields, compared",
    () => open("/subjects/wide-value/compare?from=1&to=2"),
    () => page.getByText("3 changes from v1 to v2").waitFor(),
  );
  // Of so many fields it begins with those that changed; all of them are a press away.
  const merged = page.locator(".merged-row");
  expect(await merged.count()).toBe(3);
  await took(
    page,
    "500 fields, all shown",
    () => page.getByRole("button", { name: "Show all fields" }).click(),
    () => expect.poll(() => merged.count()).toBe(FIELDS + 2),
  );
  expect(await merged.last().evaluate((row) => getComputedStyle(row).contentVisibility)).toBe("auto");
  expect(wrongs).toEqual([]);
  await close();
});
