// Is what was counted told as it went, and how much flows where? In pictures, and in words beside them.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";

const HOUR = 3_600_000;
const topic = "history.counted";
let browser: Browser;

const seen = (client: string, ago: number, records: number, refused: number) => ({
  cluster: "harbour",
  topic,
  direction: "produces",
  client_id: client,
  // Of no subject: else it would be used on this topic, too.
  schema: { context: ".", id: 9_001 },
  first: Date.now() - ago - 60_000,
  last: Date.now() - ago,
  records,
  bytes: records * 100,
  refused,
});

async function tell(observations: object[]): Promise<void> {
  const told = await fetch(`${server()}/govern/v1/lineage/observations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ observations }),
  });
  expect(told.status).toBe(204);
}

beforeAll(async () => {
  browser = await launch();
  // Two days ago, and now: a thousand a second, and hardly anything.
  await tell([seen("slow", 48 * HOUR, 20, 0)]);
  await tell([seen("slow", 0, 100, 7), seen("quick", 0, 60_000, 0)]);
});
afterAll(() => browser?.close());

test("what was written to a topic is told by the day and by the hour", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open(`/lineage?focus=topic%3A${topic}`);
  const history = page.getByRole("region", { name: `Written to ${topic}` });
  await history.getByText(/60.1k records were taken, 7 refused/).waitFor();
  await history.getByText("As a table").click();
  const rows = history.locator("tbody tr");
  expect(await rows.count()).toBe(2);
  expect(await rows.first().locator("td").allTextContents()).toEqual(["20", "0"]);
  expect(await rows.last().locator("td").allTextContents()).toEqual(["60,100", "7"]);
  expect(await complaints(page)).toEqual([]);
  await history.getByRole("radio", { name: "24 hours" }).click();
  await expect.poll(() => rows.count()).toBe(1);

  // What is written while one looks is there without a press, told by the stream.
  await tell([{ ...seen("slow", 0, 900, 3), first: Date.now() - 1_000, last: Date.now() }]);
  await expect.poll(() => rows.last().locator("td").allTextContents(), { timeout: 20_000 }).toEqual(["61,000", "10"]);

  await open(`/validation?topic=${topic}`);
  await history.getByText(/61k records were taken/).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("lines are as wide as much flows, and the tables name it", async () => {
  const { page, wrongs, open, close } = await visit(browser, { colorScheme: "dark" });
  await open(`/lineage?focus=topic%3A${topic}&view=graph`);
  await page.locator(".graph-box").getByRole("button", { name: "quick", exact: true }).waitFor();
  await page.getByText("As a table").click();
  const rate = async (name: string) => {
    const row = page.getByRole("row", { name: new RegExp(name) });
    return Number((await row.locator("td").nth(4).textContent())?.replace("< ", ""));
  };
  // Of late, and not since it was first seen: of what was written two days ago nothing is in it.
  await expect.poll(() => rate("quick")).toBeGreaterThan(100);
  const slow = (100 + 900) / 3_600;
  await expect.poll(() => rate("slow")).toBeGreaterThan(slow / 2.1);
  expect(await rate("slow")).toBeLessThan(slow * 1.1);
  const cell = page.getByRole("row", { name: /slow/ }).locator("td").nth(4);
  expect(await cell.getAttribute("title")).toMatch(/^on average since \d\d:00$/);
  const widths = await page
    .locator(".graph .react-flow__edge-path")
    .evaluateAll((all) => all.map((one) => Number.parseFloat(getComputedStyle(one).strokeWidth)).sort((a, b) => a - b));
  expect(widths).toHaveLength(2);
  expect((widths[1] ?? 0) - (widths[0] ?? 0)).toBeGreaterThan(2);
  await page.getByText(/Wider: more records a second since \d\d:00, or since it was first seen/).waitFor();
  expect(await complaints(page)).toEqual([]);
  await open(`/lineage?focus=topic%3A${topic}&view=list`);
  await page.getByRole("columnheader", { name: "Records/s" }).waitFor();
  await expect
    .poll(() => page.getByRole("row", { name: /^slow/ }).locator("td").nth(2).getAttribute("title"))
    .toMatch(/^on average since \d\d:00$/);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});
