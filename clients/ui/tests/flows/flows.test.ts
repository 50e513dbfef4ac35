// Can people do what they come for? Each flow begins as somebody would, and ends where they wanted to be.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";
import { start } from "./setup";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const register = (at: string, subject: string, schema: string) =>
  fetch(`${at}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ schema }),
  });
const record = (...names: string[]) =>
  JSON.stringify({ type: "record", name: "R", fields: names.map((name) => ({ name, type: "string" })) });

test("an empty registry tells the first steps, and shows what is registered then", async () => {
  const at = inject("empty");
  const { page, wrongs, open, close } = await visit(browser, {}, [], at);
  await open("/");
  await page.getByText("Register a schema").waitFor();
  expect(await complaints(page)).toEqual([]);
  expect((await register(at, "first-value", record("a"))).status).toBe(200);
  await open("/subjects");
  await page.getByRole("link", { name: "first-value" }).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("a browser at the root comes to the UI", async () => {
  const { page, close } = await visit(browser);
  await page.goto(`${server()}/`);
  expect(new URL(page.url()).pathname).toBe("/ui/");
  await close();
});

test("subjects are searched, narrowed and sorted, and the address keeps it all", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects");
  await page.keyboard.press("/");
  await page.keyboard.type("orders owner:team-orders");
  await page.waitForURL(/q=orders\+owner%3Ateam-orders/);
  await page.getByText(/^4 of 22/).waitFor();
  await page
    .getByRole("button", { name: /Compatibility/ })
    .first()
    .click();
  await page.getByRole("option", { name: /NONE/ }).click();
  await page.waitForURL(/compat=NONE/);
  await page.reload();
  await page.getByText(/^1 of 22/).waitFor();
  await page.goBack();
  await page.getByText(/^4 of 22/).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("fields are read by keyboard alone", async () => {
  const { page, open, close } = await visit(browser);
  await open("/subjects/orders.created-value/fields");
  await page.locator('[data-path="order_id"]').focus();
  for (let step = 0; step < 4; step += 1) await page.keyboard.press("ArrowDown");
  const path = () => page.evaluate(() => document.activeElement?.getAttribute("data-path"));
  expect(await path()).toBe("lines");
  await page.keyboard.press("ArrowLeft");
  await page.locator('[data-path="lines[].sku"]').waitFor({ state: "detached" });
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(await path()).toBe("lines[].sku");
  await page.keyboard.press("ArrowLeft");
  expect(await path()).toBe("lines");
  await close();
});

test("two versions are compared, changes are stepped through, and the address shows the same to somebody else", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/orders.created-value/versions");
  await page.getByRole("link", { name: "What changed since v4" }).click();
  await page.getByText("Passes BACKWARD").waitFor();
  await page.getByRole("button", { name: /Level/ }).click();
  await page.getByRole("option", { name: /^FULL(?!_)/ }).click();
  await page.getByText("Breaks FULL").waitFor();
  await page.locator("h1").focus();
  await page.keyboard.press("n");
  await page.waitForURL(/change=0/);
  const address = page.url();
  await close();
  const other = await visit(browser);
  await other.page.goto(address);
  await other.page
    .locator('.finding[data-chosen="true"]')
    .getByText(/total_cents/)
    .waitFor();
  await other.page.locator('.merged-row[data-chosen="true"]').getByText("total_cents").waitFor();
  expect([...wrongs, ...other.wrongs]).toEqual([]);
  await other.close();
});

test("a rule is written and tried, and says which record it would refuse", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/rules?subject=shipments.dispatched-value&rule=weight-plausible");
  await page.getByLabel("Expression (CEL)").fill("message.weight_grams < 100");
  await page
    .getByRole("textbox", { name: "Records to try" })
    .fill(
      '{"shipment_id":"5f0c2b1e-8f3e-4e57-9d4d-0a6a1f2c3b4d","order_id":"5f0c2b1e-8f3e-4e57-9d4d-0a6a1f2c3b4d","carrier":"DHL","weight_grams":50}\n{"shipment_id":"5f0c2b1e-8f3e-4e57-9d4d-0a6a1f2c3b4d","order_id":"5f0c2b1e-8f3e-4e57-9d4d-0a6a1f2c3b4d","carrier":"DHL","weight_grams":500}',
    );
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText("Would refuse 1 of 2 records").waitFor();
  expect(await page.locator(".outcome li").nth(1).textContent()).toContain("weight-plausible");
  expect(await page.locator(".outcome li").nth(0).textContent()).toContain("passes");
  expect(wrongs).toEqual([]);
  await close();
});

test("records of Avro are tried as JSON, with what they refer to", async () => {
  const { page, open, close } = await visit(browser);
  await open("/rules?subject=orders.created-value");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText(/Would refuse none of 1 record/).waitFor();
  await close();
});

test("from a violation one gets to its record, its rule and its policy, and sees no value", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/violations?topic=orders.created");
  await page.getByRole("link", { name: /never costs less than nothing/ }).click();
  await page.locator('.record-row[data-fault="true"]').getByText("total_cents").waitFor();
  await page.getByText("personal, hidden").first().waitFor();
  await page.getByRole("link", { name: "Policy of the topic" }).click();
  await page.locator(".verdict").getByText("Enforce").waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("a policy is changed, and nobody's change is overwritten unseen", async () => {
  const { page, open, close } = await visit(browser, {}, [412]);
  await open("/proxy/policies/clickstream");
  await page.getByRole("radio", { name: /Enforce/ }).check({ force: true });
  const put = (percent: number) =>
    fetch(`${server()}/govern/v1/policies/clickstream`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ topics: "clickstream.*", mode: "shadow", percent }),
    });
  expect((await put(40)).status).toBe(200);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Somebody else changed this policy meanwhile").waitFor();
  await page.locator(".conflict").getByText("40").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("button", { name: "Overwrite with mine" }).click();
  await page.getByText("Saved. It holds on every proxy within two seconds.").waitFor();
  const now = (await (await fetch(`${server()}/govern/v1/policies/clickstream`)).json()) as {
    mode: string;
    percent: number;
  };
  expect(now).toMatchObject({ mode: "enforce", percent: 100 });
  await close();
});

test("a level is set on a subject and given back", async () => {
  const { page, open, close } = await visit(browser);
  await open("/subjects/inventory.level-value/settings");
  const level = page.locator("section", { has: page.getByRole("heading", { name: "Compatibility level" }) });
  await level.getByRole("radio", { name: /^FULL_TRANSITIVE/ }).check({ force: true });
  await level.getByRole("button", { name: "Save" }).click();
  await level.getByText(/FULL_TRANSITIVE holds now/).waitFor();
  await level.getByRole("radio", { name: /^Inherit/ }).check({ force: true });
  await level.getByRole("button", { name: "Save" }).click();
  await level.getByText(/BACKWARD holds now/).waitFor();
  await close();
});

test("anything is reached from the palette", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(/A subject/).fill("settled");
  await page.getByRole("option", { name: /payments.settled-value/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/subjects\/payments.settled-value\/fields/);
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await page.waitForURL(/\/ui\/lineage/);
  expect(wrongs).toEqual([]);
  await close();
});

test("the list says the same as the picture of a topic's lineage", async () => {
  const { page, open, close } = await visit(browser);
  await open("/lineage?focus=topic%3Aorders.created");
  const boxes = await page.locator(".box:not([data-lane=topic]) h3").allTextContents();
  await page
    .getByRole("radio", { name: "List" })
    .or(page.getByRole("button", { name: "List" }))
    .click();
  const rows = await page.locator("tbody th").allTextContents();
  expect(boxes.length).toBe(6);
  expect(rows).toEqual(boxes);
  await close();
});

test.each(["a/b c", "100%", "ü:ß?#", "..hidden", ":.staging:odd/name", "<b>&amp;"])(
  "a subject called %s is shown like any other",
  async (subject) => {
    const answer = await register(server(), subject, record("a"));
    expect(answer.status).toBe(200);
    await register(
      server(),
      subject,
      JSON.stringify({
        type: "record",
        name: "R",
        fields: [
          { name: "a", type: "string" },
          { name: "b", type: "int", default: 0 },
        ],
      }),
    );
    const { page, wrongs, open, close } = await visit(browser);
    await open(`/subjects/${encodeURIComponent(subject)}/fields`);
    await page.locator('[data-path="b"]').waitFor();
    await page.getByRole("link", { name: "Compare with v1" }).click();
    await page.getByText(/1 change from v1 to v2/).waitFor();
    await page.reload();
    await page.getByText(/1 change from v1 to v2/).waitFor();
    expect(wrongs).toEqual([]);
    await close();
    await fetch(`${server()}/subjects/${encodeURIComponent(subject)}`, { method: "DELETE" });
  },
);

test("whoever may only read sees what is missing to them", async () => {
  const binary = process.env.TIDEGATE_SERVER_BIN ?? "";
  const closed = await start(binary);
  const made = await fetch(`${closed.url}/govern/v1/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "viewer", grants: ["read"] }),
  });
  const { token } = (await made.json()) as { token: string };
  const viewer = { extraHTTPHeaders: { Authorization: `Bearer ${token}` } };
  const { page, open, close } = await visit(browser, viewer, [403], closed.url);
  await open("/settings");
  await page.getByText("You may not do this: Tokens").waitFor();
  expect(await complaints(page)).toEqual([]);
  await close();
  await closed.stop();
});

test("while the server is away what was known stays, and it is told", async () => {
  const binary = process.env.TIDEGATE_SERVER_BIN ?? "";
  const passing = await start(binary);
  await register(passing.url, "known-value", record("a"));
  const { page, open, close } = await visit(browser, {}, [], passing.url);
  await open("/violations");
  await page.getByText(/No violations in/).waitFor();
  await passing.stop();
  await page.getByText(/The server does not answer/).waitFor({ timeout: 40_000 });
  await page.getByText(/No violations in/).waitFor();
  await close();
});
