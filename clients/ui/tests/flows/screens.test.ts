// Is every screen accessible and quiet, in both themes, wide and narrow?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const SCREENS = [
  "/",
  "/subjects",
  "/subjects?q=nothing+has+this+name",
  "/subjects/orders.created-value/fields",
  "/subjects/orders.created-value/definition",
  "/subjects/payments.authorised-value/definition",
  "/subjects/orders.created-value/versions",
  "/subjects/common.address/references",
  "/subjects/orders.created-value/contract",
  "/subjects/orders.created-value/usage",
  "/subjects/common.address/usage",
  "/subjects/orders.created-value/fields?use=write.python",
  "/subjects/customers.profile-value/settings",
  "/subjects/orders.created-value/compare?from=1&to=7&level=FULL&change=0",
  "/subjects/orders.created-value/compare?from=4&to=6&view=text",
  "/subjects/orders.created-value/new",
  "/subjects/payments.authorised-value/new?view=changes",
  "/subjects/subscriptions.renewed-value/new",
  "/subjects/new?format=JSON",
  "/ids/3",
  "/validation",
  "/validation?topic=orders.created&range=1m",
  "/violations",
  "VIOLATION",
  "/proxy?topic=orders.created",
  "/proxy/policies/orders",
  "/proxy/new",
  "/rules?subject=orders.created-value&rule=total-not-negative",
  "/rules/compatibility",
  "/lineage?focus=topic%3Aorders.created",
  "/lineage?focus=topic%3Aorders.created&view=list",
  "/lineage?focus=topic%3Aorders.created&view=graph&up=2&down=2",
  "/lineage?focus=topic%3Aorders.created&view=graph&at=YESTERDAY&node=none",
  "/lineage?focus=topic%3Aorders.created&view=graph&since=LONG_AGO",
  "/impact",
  "/impact?subject=orders.created-value",
  "/impact?subject=orders.created-value&field=email&change=delete",
  "/impact?subject=orders.created-value&change=versions&from=1&to=7",
  "/impact?subject=common.address",
  "/settings",
  "/no/such/page",
];

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  test.each(SCREENS)("%s has nothing that axe or the console complain about", async (address) => {
    const { page, wrongs, open, close } = await visit(browser, { colorScheme });
    await open(address === "VIOLATION" ? `/violations/${await worst()}` : dated(address));
    expect(await complaints(page)).toEqual([]);
    expect(wrongs).toEqual([]);
    await close();
  });
});

test.each([
  "/",
  "/subjects",
  "/subjects/orders.created-value/fields",
  "/subjects/orders.created-value/compare?from=1&to=7",
  "/violations",
  "/lineage?focus=topic%3Aorders.created",
  "/lineage?focus=topic%3Aorders.created&view=graph",
  "/subjects/orders.created-value/new",
  "/validation",
  "/impact?subject=orders.created-value",
  "/subjects/orders.created-value/usage",
  "/subjects/orders.created-value/fields?use=write.python",
  "/lineage?focus=topic%3Aorders.created&view=graph&since=LONG_AGO",
  "/rules/compatibility",
  "/rules?subject=orders.created-value",
  "/settings",
])("%s fits a screen of 320 pixels", async (address) => {
  // Who fetched schemas is told by name, however long it is.
  const headers = { "User-Agent": `Mozilla/5.0 (${"somebody-else's-browser; ".repeat(8)})` };
  await fetch(`${server()}/subjects/orders.created-value/versions/latest`, { headers });
  const { page, open, close } = await visit(browser, { viewport: { width: 320, height: 640 } });
  await open(dated(address));
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(320);
  expect(await complaints(page)).toEqual([]);
  await close();
});

/** At 200 % a window of 1440 pixels has room for 720, of 900 for 450. */
test.each([
  "/",
  "/subjects",
  "/subjects/orders.created-value/fields",
  "/subjects/orders.created-value/usage",
  "/subjects/orders.created-value/compare?from=1&to=7",
  "/subjects/orders.created-value/new",
  "VIOLATION",
  "/validation",
  "/proxy/policies/orders",
  "/rules?subject=orders.created-value",
  "/lineage?focus=topic%3Aorders.created&view=graph",
  "/impact?subject=orders.created-value",
  "/settings",
])("%s is whole at twice the size", async (address) => {
  const { page, wrongs, open, close } = await visit(browser, {
    viewport: { width: 720, height: 450 },
    deviceScaleFactor: 2,
  });
  await open(address === "VIOLATION" ? `/violations/${await worst()}` : dated(address));
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(720);
  // What stays in its place leaves room for what is read.
  const fixed = await page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position))
      .map((one) => one.getBoundingClientRect())
      .filter((box) => box.width > 700 && box.bottom > 0 && box.top < 450)
      .reduce((sum, box) => sum + box.height, 0),
  );
  expect(fixed).toBeLessThan(225);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});

/** Too wide for a phone's two lines, and too narrow for every column. */
test.each(["/subjects", "/violations", "/impact?subject=orders.created-value&change=versions&from=1&to=7"])(
  "the table of %s fits a tablet",
  async (address) => {
    const { page, open, close } = await visit(browser, { viewport: { width: 760, height: 900 } });
    await open(address);
    const row = page.locator(".table-head .row");
    const last = await row.locator("[role=columnheader]").last().boundingBox();
    expect((last?.x ?? 0) + (last?.width ?? 760)).toBeLessThanOrEqual(760);
    expect(await complaints(page)).toEqual([]);
    await close();
  },
);

function dated(address: string): string {
  const day = (ago: number) => new Date(Date.now() - ago * 24 * 3_600_000).toISOString().slice(0, 10);
  return address.replace("YESTERDAY", day(1)).replace("LONG_AGO", day(6));
}

async function worst(): Promise<string> {
  const answer = await fetch(`${server()}/govern/v1/violations?rule=total-not-negative`);
  const page = (await answer.json()) as { violations: { id: string }[] };
  return page.violations[0]?.id ?? "";
}
