// Can tokens be made, handed out and ended, and is their secret seen once and never again?
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, visit } from "./browser";
import { start } from "./setup";

let browser: Browser;
let closed: Awaited<ReturnType<typeof start>>;
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

beforeAll(async () => {
  browser = await launch();
  closed = await start(process.env.TIDEGATE_SERVER_BIN ?? "");
});
afterAll(async () => {
  await browser?.close();
  await closed?.stop();
});

const whoami = (token: string) => fetch(`${closed.url}/govern/v1/whoami`, { headers: bearer(token) });

async function choose(page: Page, label: RegExp, option: RegExp): Promise<void> {
  await page.getByRole("dialog").getByRole("button", { name: label }).last().click();
  await page.getByRole("option", { name: option }).click();
}

test("a first token is made, with a word on what it changes, and its secret is shown once", async () => {
  const { page, wrongs, open, close } = await visit(browser, {}, [], closed.url);
  await open("/settings");
  await page.getByText("No tokens yet").waitFor();
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This is the first token.").waitFor();
  await dialog.getByText("Do everything").waitFor();
  const make = dialog.getByRole("button", { name: "Make it" });
  expect(await make.isDisabled()).toBe(true);
  await dialog.getByLabel("Who it is for").fill("st eward");
  await dialog.getByText("Letters, digits and -_.@:/ only").waitFor();
  expect(await make.isDisabled()).toBe(true);
  await dialog.getByLabel("Who it is for").fill("steward");
  expect(await complaints(page)).toEqual([]);
  await make.click();
  await dialog.getByText("This is the only time it is shown.").waitFor();
  expect(await complaints(page)).toEqual([]);
  const secret = (await dialog.locator(".secret").textContent()) ?? "";
  expect(secret).toMatch(/^tdg_[\w-]+$/);
  // Neither a key nor a press beside it takes it away before it was kept.
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await dialog.getByText(secret).waitFor();
  expect(((await (await whoami(secret)).json()) as { name: string }).name).toBe("steward");
  expect(wrongs).toEqual([]);
  await close();

  // From here on the server is closed to who has none.
  const steward = await visit(browser, { extraHTTPHeaders: bearer(secret), colorScheme: "dark" }, [409], closed.url);
  await steward.open("/settings");
  await steward.page.getByRole("rowheader", { name: "steward you" }).waitFor();
  expect(await steward.page.content()).not.toContain(secret);
  expect(await complaints(steward.page)).toEqual([]);

  await steward.page.getByRole("button", { name: "New token" }).click();
  const second = steward.page.getByRole("dialog");
  expect(await second.getByText("This is the first token.").count()).toBe(0);
  await second.getByLabel("Who it is for").fill("steward");
  await choose(steward.page, /Right$/, /^Write/);
  await choose(steward.page, /On$/, /^Subjects that begin with(?!,)/);
  await second.getByLabel("Begins with").fill("orders-");
  await second.getByText("See, register and delete subjects that begin with orders-").waitFor();
  await second.getByRole("button", { name: "Add a right" }).click();
  await choose(steward.page, /It ends$/, /^In so many days/);
  await second.getByRole("textbox", { name: "Days" }).fill("12");
  await second.getByRole("button", { name: "Make it" }).click();
  // The name is taken: it is said, and nothing that was typed is lost.
  await second.getByText("There is a token of this name already.").waitFor();
  expect(await complaints(steward.page)).toEqual([]);
  expect(await second.getByLabel("Begins with").inputValue()).toBe("orders-");
  await second.getByLabel("Who it is for").fill("orders-ci");
  await second.getByRole("button", { name: "Make it" }).click();
  await second.getByText("This is the only time it is shown.").waitFor();
  expect(await complaints(steward.page)).toEqual([]);
  const handed = (await second.locator(".secret").textContent()) ?? "";
  await second.getByRole("button", { name: "I have kept it" }).click();
  await second.waitFor({ state: "detached" });
  const row = steward.page.getByRole("row", { name: /orders-ci/ });
  await row.getByText("write orders-").waitFor();
  const end = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(Date.now() + 12 * 24 * 3_600_000);
  await row.getByText(end).waitFor();
  expect(await steward.page.content()).not.toContain(handed);
  const known = (await (await whoami(handed)).json()) as { grants: string[] };
  expect([...known.grants].sort()).toEqual(["read", "write orders-"]);

  await steward.page.getByRole("button", { name: "Revoke orders-ci" }).click();
  const asking = steward.page.getByRole("dialog");
  await asking.getByText("refused at once").waitFor();
  expect(await complaints(steward.page)).toEqual([]);
  await asking.getByRole("button", { name: "Cancel" }).click();
  expect((await whoami(handed)).status).toBe(200);
  await steward.page.getByRole("button", { name: "Revoke orders-ci" }).click();
  await asking.getByRole("button", { name: "Revoke", exact: true }).click();
  await steward.page.getByText("orders-ci is revoked.").waitFor();
  await row.waitFor({ state: "detached" });
  expect((await whoami(handed)).status).toBe(401);
  // Of the own one it is said what that means.
  await steward.page.getByRole("button", { name: "Revoke steward" }).click();
  await asking.getByText("the one that you came in with").waitFor();
  await steward.page.keyboard.press("Escape");
  expect(steward.wrongs).toEqual([]);
  await steward.close();

  // Who may not is told, and is not even shown who else there is.
  const made = await fetch(`${closed.url}/govern/v1/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...bearer(secret) },
    body: JSON.stringify({ name: "viewer", grants: ["read"] }),
  });
  const { token } = (await made.json()) as { token: string };
  const viewer = await visit(browser, { extraHTTPHeaders: bearer(token) }, [], closed.url);
  await viewer.open("/settings");
  const button = viewer.page.getByRole("button", { name: "New token" });
  await viewer.page.locator('button[aria-disabled="true"]', { hasText: "New token" }).waitFor();
  expect(await button.getAttribute("aria-description")).toMatch(/administer everything/);
  await button.focus();
  await button.press("Enter");
  expect(await viewer.page.getByRole("dialog").count()).toBe(0);
  expect(await viewer.page.getByRole("rowheader", { name: "steward" }).count()).toBe(0);
  expect(viewer.wrongs).toEqual([]);
  await viewer.close();
});
