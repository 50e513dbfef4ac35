// Do the charts show what was written in each second, and not what had gathered before anybody listened?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

/** In place of the browser's: a stream that tells of 500 records at first, and of 4 in each second that follows. */
const gathered = () => {
  class Told extends EventTarget {
    static CLOSED = 2;
    readyState = 1;
    onopen?: () => void;
    constructor() {
      super();
      let records = 500;
      const count = () => {
        const topics = [{ cluster: "c", topic: "orders", records, refused: 0, rules: [] }];
        const data = JSON.stringify({ at: new Date().toISOString(), topics, leftOut: 0, withheld: 0 });
        this.dispatchEvent(new MessageEvent("counts", { data }));
        records = 4;
      };
      setTimeout(() => {
        this.onopen?.();
        setInterval(count, 1_000);
      });
    }
    close() {}
  }
  Object.assign(window, { EventSource: Told });
};

test("what had gathered before the stream was opened makes no spike", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await page.addInitScript(gathered);
  await open("/validation?range=1m");
  await page.getByText(/This page listens since/).waitFor();
  const numbers = page.locator("details[open] tbody td").first();
  await page.getByText("As a table").first().click();
  await numbers.waitFor();
  await expect.poll(() => page.locator("details[open] tbody tr").count(), { timeout: 15_000 }).toBeGreaterThan(2);
  const cells = await page.locator("details[open] tbody td").allTextContents();
  const rates = cells.map(Number).filter((rate) => rate > 0);
  expect(rates.length).toBeGreaterThan(0);
  for (const rate of rates) expect(rate).toBeLessThanOrEqual(8);
  const topic = page.locator("tr", { has: page.getByRole("rowheader", { name: /orders/ }) });
  expect(Number(await topic.locator("td").first().textContent())).toBeLessThan(100);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});
