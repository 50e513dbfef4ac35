// Can people say how far they are with a violation, and does it hold? Who may not, sees it and why.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, visit } from "./browser";
import { start } from "./setup";

let browser: Browser;
let closed: Awaited<ReturnType<typeof start>>;
let admin: Record<string, string> = {};
let id = "";

const call = (method: string, path: string, body?: unknown) =>
  fetch(`${closed.url}${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...admin },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const bearer = async (name: string, grants: string[]) => {
  const made = (await (await call("POST", "/govern/v1/tokens", { name, grants })).json()) as { token: string };
  return { Authorization: `Bearer ${made.token}` };
};
const seen = (last: number) =>
  call("POST", "/govern/v1/violations/observations", {
    violations: [
      { cluster: "default", topic: "orders", rule: "cheap", reason: "value: too cheap", records: 1, first: last, last },
    ],
  });

beforeAll(async () => {
  browser = await launch();
  closed = await start(process.env.TIDEGATE_SERVER_BIN ?? "");
  admin = await bearer("steward", ["admin"]);
  expect((await seen(Date.now() - 60_000)).status).toBe(204);
  const page = (await (await call("GET", "/govern/v1/violations")).json()) as { violations: [{ id: string }] };
  id = page.violations[0].id;
});
afterAll(async () => {
  await browser?.close();
  await closed?.stop();
});

test("a violation is acknowledged, muted, fixed and back when it is seen again", async () => {
  const { page, wrongs, open, close } = await visit(browser, { extraHTTPHeaders: admin }, [404], closed.url);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const state = (name: string) => page.locator(".pill", { hasText: new RegExp(`^${name}$`) }).waitFor();
  await open(`/violations/${id}`);
  await state("New");
  expect(await button("Reopen").count()).toBe(0);
  const screens = page.getByRole("navigation", { name: "Screens", exact: true });
  const badge = screens.getByRole("link", { name: "Violations 1 new in the last 24 hours" });
  await badge.waitFor();
  await page.getByRole("textbox", { name: "Note" }).fill("the shop is mended next week");
  await button("Acknowledge").click();
  await state("Acknowledged");
  await page.getByText(/^by steward, .*: the shop is mended next week$/).waitFor();
  // What was pressed is gone; who goes on by keyboard begins at what is said now.
  expect(await button("Acknowledge").count()).toBe(0);
  await badge.waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Acknowledged/);
  await button("Mute").click();
  await page.getByRole("menuitem", { name: "For 7 days" }).click();
  await state("Muted");
  // The note stays, though nothing was typed this time; it can be changed by itself.
  await page.getByText(/^until .+, by steward, .*: the shop is mended next week$/).waitFor();
  expect(await button("Save the note").count()).toBe(0);
  await page.getByRole("textbox", { name: "Note" }).fill("the shop is mended on Monday");
  await button("Save the note").click();
  await page.getByText(/^until .+, by steward, .*: the shop is mended on Monday$/).waitFor();
  await state("Muted");
  const muted = (await (await call("GET", `/govern/v1/violations/${id}`)).json()) as { until: string };
  expect(Math.round((Date.parse(muted.until) - Date.now()) / 3_600_000)).toBe(7 * 24);
  expect(await complaints(page)).toEqual([]);

  await open("/violations?state=muted");
  await state("Muted");
  await open("/violations?state=fixed");
  await page.getByText(/No violations in/).waitFor();
  expect(await complaints(page)).toEqual([]);

  await open(`/violations/${id}`);
  await button("Fixed").click();
  await state("Fixed");
  expect((await seen(Date.now() + 1_000)).status).toBe(204);
  await page.reload();
  await state("New");
  await page.getByText(/^seen again since steward last marked it, .*: the shop is mended on Monday$/).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("whoever may not say it sees how far others are, and why", async () => {
  await call("PUT", `/govern/v1/violations/${id}/state`, { state: "acknowledged", note: "we know" });
  const viewer = { extraHTTPHeaders: await bearer("viewer", ["read"]) };
  const { page, wrongs, open, close } = await visit(browser, viewer, [404], closed.url);
  await open(`/violations/${id}`);
  await page.getByText(/^by steward, .*: we know$/).waitFor();
  for (const name of ["Mute", "Fixed", "Reopen"]) {
    const barred = page.locator('button[aria-disabled="true"]', { hasText: name });
    expect(await barred.getAttribute("aria-description")).toMatch(/administer everything \(admin\)/);
  }
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});
