// Can people see whom a change reaches, and how things were before? Blast radius, time travel, and what lists were told to show.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

type Told = { writers: { name: string }[]; readers: { name: string; kind: string }[]; downstream: { name: string }[] };
const told = async (query: string) =>
  (await (await fetch(`${server()}/govern/v1/lineage/impact?${query}`)).json()) as Told;
/** Of a long list only what is near the window is in the page, so it is brought there first. */
const names = async (page: import("playwright-core").Page) => {
  const table = page.getByRole("table").filter({ has: page.locator(".party") });
  await table.locator(".table-body").evaluate((body) => body.scrollIntoView({ block: "center" }));
  const rows = await table.getAttribute("aria-rowcount");
  await table.locator(`[aria-rowindex="${rows}"]`).waitFor();
  return (await table.locator(".party .name").allTextContents()).sort();
};

test("who is concerned by a field is told as the API tells it, and what is not known is never nought", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/impact?subject=orders.created-value&field=email&change=delete");
  await page.getByText(/Dropping email concerns/).waitFor();
  const api = await told("subject=orders.created-value&field=email&depth=20");
  // Members of a group that do nothing else are told with their group; one of them writes what it makes of it.
  const readers = api.readers
    .filter((one) => one.kind !== "application" || one.name === "enricher-1")
    .map((one) => one.name);
  const expected = [...api.writers, ...api.downstream].map((one) => one.name).concat(readers);
  expect(await names(page)).toEqual(expected.sort());
  expect(readers.length).toBeGreaterThan(3);
  await page.getByText("How many groups there are is not known.").waitFor();
  const billing = page.locator(".table-body [role=row]", { hasText: "billing" });
  expect(await billing.locator('[data-column="rate"]').textContent()).toBe("not counted");
  expect(await billing.locator('[data-column="verdict"]').textContent()).toBe("May use it: not known");
  await page
    .getByRole("radio", { name: "Writers" })
    .or(page.getByRole("button", { name: "Writers" }))
    .click();
  await page.waitForURL(/who=writer/);
  await page.reload();
  await page.locator(".table-body .party").first().waitFor();
  expect(await names(page)).toEqual(api.writers.map((one) => one.name).sort());
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    (async () => {
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: /as CSV/ }).click();
    })(),
  ]);
  const csv = readFileSync(await saved.path(), "utf8").split("\r\n");
  expect(csv).toHaveLength(expected.length + 1);
  expect(csv.find((row) => row.includes(":billing,"))).toContain(",reader,1,,,,,");
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});

test("a subject tells who writes and reads it, within the time that is chosen, as the API does", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/orders.created-value/fields");
  await page.getByRole("link", { name: "Usage" }).click();
  await page.waitForURL(/orders\.created-value\/usage$/);
  const of = async (from: Date) =>
    (await (
      await fetch(`${server()}/govern/v1/usage/subjects/orders.created-value?from=${from.toISOString()}`)
    ).json()) as { writers: { application: string; records: number }[]; readers: { group: string }[] };
  const heads = (title: string) =>
    page.locator("section", { has: page.getByRole("heading", { name: title, exact: true }) }).locator("tbody th");
  const says = (told: Awaited<ReturnType<typeof of>>) => {
    const writers = new Set(told.writers.map((one) => one.application)).size;
    return `${writers} applications write it, ${told.readers.length} readers read it.`;
  };
  const week = await of(new Date(Date.now() - 7 * 24 * 3_600_000));
  await page.getByText(says(week)).waitFor();
  expect((await heads("Readers").allTextContents()).sort()).toEqual(week.readers.map((one) => one.group).sort());
  await page.getByRole("button", { name: /The last 7 days/ }).click();
  await page.getByRole("option", { name: "The last 24 hours" }).click();
  await page.waitForURL(/range=1d/);
  const day = await of(new Date(Date.now() - 24 * 3_600_000));
  expect(day.readers.length).toBeLessThan(week.readers.length);
  await page.getByText(says(day)).waitFor();
  await page.reload();
  await page.getByText(says(day)).waitFor();
  expect((await heads("Readers").allTextContents()).sort()).toEqual(day.readers.map((one) => one.group).sort());
  await page.getByRole("link", { name: day.readers[0]?.group ?? "", exact: true }).click();
  await page.waitForURL(/lineage\?focus=group/);
  await page.getByText(/What is before and after/).waitFor();
  // One that nobody uses says so, with a way to look further back.
  await open("/subjects/common.address/usage");
  await page.getByText("No topic of this subject was seen").waitFor();
  await page.getByRole("button", { name: "Look at all of the time" }).click();
  await page.waitForURL(/range=all/);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});

test("at each field stands how many say that they read it", async () => {
  const publish = (application: string, fields?: string[]) =>
    fetch(`${server()}/govern/v1/consumers/${application}`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        owner: "team-x",
        consumes: [{ subject: "catalog.price-value", group: application, ...(fields ? { fields } : {}) }],
      }),
    });
  const schema = await (await fetch(`${server()}/subjects/catalog.price-value/versions/latest/schema`)).json();
  const [first, second] = (schema as { fields: { name: string }[] }).fields.map((one) => one.name);
  expect((await publish("shelf-labels", [first ?? ""])).status).toBe(200);
  expect((await publish("price-watch")).status).toBe(200);
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/catalog.price-value/fields");
  await page.locator(`[data-path="${first}"]`).getByText("read by 2").waitFor();
  const other = page.locator(`[data-path="${second}"]`).getByText("read by 1");
  expect(await other.getAttribute("title")).toBe("As they say: price-watch");
  expect(await complaints(page)).toEqual([]);
  await open("/subjects/orders.created-value/fields");
  expect(await page.getByText(/read by/).count()).toBe(0);
  expect(wrongs).toEqual([]);
  await close();
  for (const one of ["shelf-labels", "price-watch"])
    await fetch(`${server()}/govern/v1/consumers/${one}`, { method: "DELETE" });
});

test("how an application uses a subject is told in code to copy, which a link leads to", async () => {
  const { page, wrongs, open, close } = await visit(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await open("/subjects/loyalty.points-value/contract");
  await page.getByRole("button", { name: "Use it" }).click();
  const drawer = page.getByRole("dialog", { name: "Use it" });
  await drawer.getByText("JSONSerializer(None, ").waitFor();
  await drawer.getByRole("radio", { name: "Read" }).click();
  await drawer.getByRole("radio", { name: "JavaScript" }).click();
  await page.waitForURL(/contract\?use=read\.javascript/);
  await page.reload();
  await drawer.getByText(`baseURLs: ["${server()}"]`).waitFor();
  await drawer.getByRole("button", { name: "Copy" }).first().click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('deserializer.deserialize("loyalty.points", message.value)');
  // What fetches the schema does so.
  const command = await drawer.getByText(/^curl -o/).textContent();
  expect(command).toContain("-o loyalty.points-value.json ");
  const schema = await (await fetch(/http\S+/.exec(command ?? "")?.[0] ?? "")).json();
  expect(schema).toMatchObject({ type: "object" });
  expect(await complaints(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.waitForURL(/contract$/);
  expect(await drawer.count()).toBe(0);
  expect(wrongs).toEqual([]);
  await close();
});

test("another version is looked at where one is", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/orders.created-value/contract");
  await page.getByRole("button", { name: /^v7/ }).click();
  await page.getByRole("option", { name: /^v6/ }).click();
  await page.waitForURL(/contract\?v=6$/);
  await page.getByText("v6 of 7 live versions").waitFor();
  // How its text is shown is in the address, too.
  await page.getByRole("link", { name: "Definition" }).click();
  await page.getByRole("radio", { name: "As stored" }).click();
  await page.waitForURL(/definition\?v=6&as=stored$/);
  await page.reload();
  await page.getByText(/^1 line ·/).waitFor();
  expect(await page.getByRole("radio", { name: "As stored" }).getAttribute("aria-checked")).toBe("true");
  expect(wrongs).toEqual([]);
  await close();
});

test("from an explained change one gets to everybody whom it reaches", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/orders.created-value/compare?from=6&to=7");
  await page.locator(".reach").getByText("billing", { exact: true }).waitFor();
  await page.getByRole("link", { name: "All who are concerned" }).click();
  await page.waitForURL(/impact\?.*change=versions/);
  await page.getByText(/Going from v6 to v7 concerns/).waitFor();
  await page.getByRole("link", { name: "Explain the change" }).click();
  await page.waitForURL(/compare\?from=6&to=7/);
  await open("/subjects/orders.created-value/fields");
  await page.getByRole("link", { name: "Blast radius" }).click();
  await page.getByText(/A change concerns/).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("where nobody was seen it says so, and tells what builds on it", async () => {
  const { page, open, close } = await visit(browser);
  await open("/impact?subject=common.address");
  await page.getByText("No topic of this subject was seen").waitFor();
  await page.getByRole("heading", { name: "Schemas that build on it" }).waitFor();
  await page.locator(".impact-cards").getByRole("link", { name: "orders.created-value" }).click();
  await page.waitForURL(/subject=orders.created-value/);
  await page.getByText(/A change concerns/).waitFor();
  expect(await complaints(page)).toEqual([]);
  await close();
});

test("whoever may not see lineage is told what is missing, and a server that fails can be asked again", async () => {
  const { page, open, close } = await visit(browser, {}, [403, 500]);
  let status = 403;
  await page.route(/\/(lineage\/impact|usage\/subjects)/, (route) =>
    status === 200
      ? route.continue()
      : route.fulfill({ status, contentType: "application/json", body: `{"error_code":${status},"message":"No."}` }),
  );
  await open("/impact?subject=orders.created-value");
  await page.getByText("You may not do this: who is concerned").waitFor({ timeout: 30_000 });
  status = 500;
  await page.reload();
  await page.getByText("Could not load: who is concerned").waitFor({ timeout: 30_000 });
  status = 200;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText(/A change concerns/).waitFor();
  await close();
});

test("lineage is seen as it was, and what is different since", async () => {
  const ago = (days: number) => new Date(Date.now() - days * 24 * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
  const { page, wrongs, open, close } = await visit(browser);
  await open(`/lineage?focus=topic%3Aorders.created&view=graph&since=${encodeURIComponent(ago(6))}`);
  const box = (name: string, mark = "") => page.locator(`.graph-box${mark}`, { hasText: name });
  await page.getByText(/Between .* and now, .*came.*went.*changed/).waitFor();
  await box("till-legacy", '[data-mark="went"]').waitFor();
  await box("fraud-scorer", '[data-mark="came"]').waitFor();
  const changed = page.locator(".differences-table tr", { hasText: "checkout-api" });
  await changed.getByText("now orders.created-value v7").waitFor();
  expect(await complaints(page)).toEqual([]);
  const rows = await page.locator(".differences-table tbody tr").count();
  expect(rows).toBe(await page.locator(".flow-came, .flow-went, .flow-changed").count());
  await page.reload();
  await box("till-legacy", '[data-mark="went"]').waitFor();

  await page
    .getByRole("radio", { name: "At a moment" })
    .or(page.getByRole("button", { name: "At a moment" }))
    .click();
  await page.waitForURL(/[?&]at=/);
  await page.getByText(/As it was on/).waitFor();
  await box("till-legacy").waitFor();
  expect(await box("fraud-scorer").count()).toBe(0);
  const before = page.url();
  await page.getByRole("slider", { name: "Moment" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL((url) => url.href !== before);
  await page.getByText(/What happened \(\d+\)/).click();
  await page.getByText("Writer fell silent").first().waitFor();
  await page
    .getByRole("row", { name: /Reader appeared.*fraud-scorer/ })
    .getByRole("button", { name: "Look then" })
    .click();
  await box("fraud-scorer").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page
    .getByRole("radio", { name: "Now" })
    .or(page.getByRole("button", { name: "Now", exact: true }))
    .click();
  await page.waitForURL((url) => !/[?&](at|since)=/.test(url.href));
  expect(wrongs).toEqual([]);
  await close();
});

test("a moment before all that was seen is said to be one", async () => {
  const { page, open, close } = await visit(browser, {}, [404]);
  await open("/lineage?focus=topic%3Aorders.created&view=graph&at=2020-01-01");
  await page.getByText("Nothing was seen around it then").waitFor();
  await page.getByRole("button", { name: "Back to now" }).click();
  await page.locator(".graph-box").first().waitFor();
  await close();
});

test("columns are chosen, kept in the address and in the browser", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Tags" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Versions" }).click();
  await page.keyboard.press("Escape");
  await page.waitForURL(/columns=/);
  await page.getByRole("columnheader", { name: "Versions" }).waitFor();
  expect(await page.getByRole("columnheader", { name: "Tags" }).count()).toBe(0);
  await open("/subjects");
  await page.getByRole("columnheader", { name: "Versions" }).waitFor();
  expect(await complaints(page)).toEqual([]);
  // What went wrong with a subject's topic leads to it.
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Versions" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Bad, 24 hours" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("row", { name: /^Choose catalog.price-value.*none seen/ }).waitFor();
  expect(await complaints(page)).toEqual([]);
  await page
    .getByRole("row", { name: /^Choose orders.created-value/ })
    .getByRole("link", { name: /records in the last day|24 hours/ })
    .click();
  await page.waitForURL(/violations\?topic=orders.created$/);
  expect(wrongs).toEqual([]);
  await close();
});

test("many subjects get an owner at once, and keep all else", async () => {
  const register = (subject: string) =>
    fetch(`${server()}/subjects/${subject}/versions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        schema: '{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}',
        metadata: { properties: { description: "Kept." } },
      }),
    });
  for (const subject of ["owned.one-value", "owned.two-value"]) expect((await register(subject)).status).toBe(200);
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects?q=owned.");
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await page.getByRole("button", { name: "Set the owner" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Owner").fill("team-owned");
  await dialog.getByRole("button", { name: "Set it" }).click();
  await dialog.getByText("All 2 are done.").waitFor();
  expect(await complaints(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("row", { name: /owned.two-value.*team-owned/ }).waitFor();
  const latest = await (await fetch(`${server()}/subjects/owned.two-value/versions/latest`)).json();
  expect((latest as { metadata: object }).metadata).toMatchObject({
    properties: { owner: "team-owned", description: "Kept." },
  });
  expect(wrongs).toEqual([]);
  await close();
  for (const subject of ["owned.one-value", "owned.two-value"])
    await fetch(`${server()}/subjects/${subject}`, { method: "DELETE" });
});

test("who reads past the gate is told, once the cluster has told", async () => {
  const group = (name: string) => ({ group: name, topic: "orders.created", committed: 100 });
  const answer = await fetch(`${server()}/govern/v1/lineage/surveys`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      cluster: "harbour",
      at: Date.now(),
      whole: true,
      logs: [{ topic: "orders.created", end: 60_000 }],
      groups: [group("audit-export"), group("billing")],
    }),
  });
  expect(answer.status).toBe(204);
  const { page, wrongs, open, close } = await visit(browser);
  await open("/impact?subject=orders.created-value&who=reader");
  const audit = page.locator(".table-body [role=row]", { hasText: "audit-export" });
  await audit.getByText("reads past the gate").waitFor();
  await page.getByText("5 of 6 groups read through the gate").waitFor();
  await page.getByText("Find who reads past the gate: audit-export.").waitFor();
  expect(await page.getByText("How many groups there are is not known").count()).toBe(0);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});
