// What does somebody see who may not do everything? All that they may look at; what they may not do is there, and says why.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, visit } from "./browser";
import { start } from "./setup";

let browser: Browser;
let closed: Awaited<ReturnType<typeof start>>;
let admin: Record<string, string> = {};

beforeAll(async () => {
  browser = await launch();
  closed = await start(process.env.TIDEGATE_SERVER_BIN ?? "");
  // The first token closes the server to all others.
  admin = { Authorization: `Bearer ${await token("steward", ["admin"])}` };
  for (const name of ["kept-value", "orders-value"])
    await call("POST", `/subjects/${name}/versions`, {
      schema: '{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}',
    });
  await call("PUT", "/govern/v1/policies/kept", { topics: "kept", mode: "shadow" });
});
afterAll(async () => {
  await browser?.close();
  await closed?.stop();
});

async function call(method: string, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${closed.url}${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...admin },
    body: JSON.stringify(body),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return answer.json();
}

async function token(name: string, grants: string[]): Promise<string> {
  return ((await call("POST", "/govern/v1/tokens", { name, grants })) as { token: string }).token;
}

const as = async (name: string, grants: string[]) =>
  visit(browser, { extraHTTPHeaders: { Authorization: `Bearer ${await token(name, grants)}` } }, [404], closed.url);

/** A button that is there, says why it may not be used, and does nothing. */
async function isBarred(page: Page, name: string, why: RegExp): Promise<void> {
  const button = page.getByRole("button", { name, exact: true }).first();
  await page.locator('button[aria-disabled="true"]', { hasText: name }).first().waitFor();
  expect(await button.getAttribute("aria-description")).toMatch(why);
  await button.focus();
  await page.getByRole("tooltip").getByText(why).waitFor();
  await button.press("Enter");
  expect(await page.getByRole("dialog").count()).toBe(0);
}

test("whoever may only read sees every write, and why it is not for them", async () => {
  const { page, wrongs, open, close } = await as("viewer", ["read"]);
  const everything = /administer everything \(admin\)/;
  const kept = /change kept-value \(write\)/;

  await open("/");
  await page.getByRole("button", { name: "Who you are: viewer" }).click();
  await page.getByRole("dialog").getByText("See everything").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.keyboard.press("Escape");

  await open("/settings");
  await page.locator(".locked").nth(2).waitFor();
  expect(await page.locator(".locked").allTextContents()).toEqual(Array(3).fill(expect.stringMatching(everything)));
  await isBarred(page, "Save", everything);
  expect(await complaints(page)).toEqual([]);

  await open("/subjects/kept-value/settings");
  await isBarred(page, "Save", kept);

  await open("/subjects/kept-value/new");
  await page.getByText(kept).first().waitFor();
  await isBarred(page, "Register", kept);
  expect(await complaints(page)).toEqual([]);

  await open("/subjects?q=kept");
  await page.getByRole("checkbox", { name: "Choose kept-value" }).check();
  await isBarred(page, "Set the level", kept);
  await isBarred(page, "Delete", kept);
  expect(await complaints(page)).toEqual([]);

  await open("/proxy");
  await isBarred(page, "New policy", everything);
  await open("/proxy/policies/kept");
  await isBarred(page, "Delete", everything);
  await isBarred(page, "Save", everything);
  expect(await page.getByLabel("Topics").isDisabled()).toBe(true);
  expect(await complaints(page)).toEqual([]);

  // Nothing that was pressed was even asked of the server.
  expect(wrongs).toEqual([]);
  await close();
});

test("whoever may change some subjects may change those, and no others", async () => {
  const { page, wrongs, open, close } = await as("team", ["write orders-", "read"]);
  await open("/subjects/orders-value/settings");
  await page.getByRole("radio", { name: /^FULL(?!_)/ }).check({ force: true });
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByText("FULL holds now.").waitFor();
  await open("/subjects/kept-value/settings");
  await isBarred(page, "Save", /change kept-value/);
  await open("/subjects");
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await page.getByRole("button", { name: "Set the level" }).click();
  await page.getByRole("dialog").getByText("1 subject is left out").waitFor();
  expect(await page.getByRole("dialog").getByRole("rowheader").allTextContents()).toEqual(["orders-value"]);
  expect(wrongs).toEqual([]);
  await close();
});

test("whoever came without a name is told what anybody may do", async () => {
  const open = await start(process.env.TIDEGATE_SERVER_BIN ?? "", ["auth.anonymous=read"]);
  const visitor = await visit(browser, {}, [], open.url);
  await visitor.open("/settings");
  await visitor.page
    .getByText(/administer everything \(admin\).*you are not signed in/)
    .first()
    .waitFor();
  await visitor.page.getByRole("button", { name: "Who you are: Not signed in" }).click();
  await visitor.page.getByRole("dialog").getByText("This is what anybody may do here").waitFor();
  expect(await complaints(visitor.page)).toEqual([]);
  expect(visitor.wrongs).toEqual([]);
  await visitor.close();
  await open.stop();
});
