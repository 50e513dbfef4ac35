// Can people do what they come for? Each flow begins as somebody would, and ends where they wanted to be.
import type { Browser, Page } from "playwright-core";
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
  await page.getByText(`export TIDEGATE_URL=${at} && tidegate init && tidegate register`).waitFor();
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

test("fields are read by keyboard alone", async () => {
  const { page, open, close } = await visit(browser);
  await open("/subjects/orders.created-value/fields");
  await page.locator('[data-path="ship_to"]').getByText("since v6").waitFor();
  expect(await page.locator('[data-path="order_id"]').getByText(/since/).count()).toBe(0);
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
  // A record in one line is cut, and pushes nothing out of sight.
  const [right = 0] = await page
    .locator(".outcome")
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
  expect(right).toBeGreaterThan(0);
  expect(right).toBeLessThan(await page.evaluate(() => innerWidth));
  await close();
});

test("from a violation one gets to its record, its rule and its policy, and sees no value", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/violations?topic=orders.created");
  await page.getByRole("link", { name: /never costs less than nothing/ }).click();
  await page.locator(".record-item[data-fault]").getByText("total_cents").waitFor();
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
  await page
    .getByRole("option", { name: /payments.settled-value/ })
    .first()
    .waitFor();
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
  const rows = await page.locator("tbody th:not(.day-chart th)").allTextContents();
  expect(boxes.length).toBe(8);
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

test("a bad record is a tree: every fault in it says why, and keys go from one to the next", async () => {
  const answer = await fetch(`${server()}/govern/v1/violations?rule=total-not-negative`);
  const [{ id }] = ((await answer.json()) as { violations: [{ id: string }] }).violations;
  const { page, wrongs, open, close } = await visit(browser);
  await open(`/violations/${id}`);
  const tree = page.getByRole("treegrid", { name: "A bad record" });
  const row = (name: RegExp) => tree.getByRole("row", { name });
  await page.getByText("2 places at fault").waitFor();
  await row(/total_cents/)
    .getByText("An order never costs less than nothing.")
    .waitFor();
  // Why the other one is wrong is told by another violation.
  await row(/quantity/)
    .getByRole("link", { name: /at least one piece/ })
    .waitFor();
  // Of a row: the whole page has every name in it.
  const focused = () => page.evaluate(() => document.activeElement?.closest("[role=row]")?.textContent);
  await page.keyboard.press("n");
  await expect.poll(focused).toContain("total_cents");
  // Folding hides what is wrong in it, and says so; the next fault opens it again.
  for (let step = 0; step < 2; step += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await row(/lines/).getByText("1 at fault in it").waitFor();
  expect(await row(/quantity/).count()).toBe(0);
  await page.keyboard.press("n");
  await expect.poll(focused).toContain("quantity");
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("radio", { name: "JSON" }).click();
  await page.waitForURL(/as=json/);
  await page.getByText('"total_cents": "int"').waitFor();
  await page.reload();
  await page.getByText('"total_cents": "int"').waitFor();
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});

test("while the server is away what was known stays, and it is told", async () => {
  const binary = process.env.TIDEGATE_SERVER_BIN ?? "";
  const passing = await start(binary);
  await register(passing.url, "known-value", record("a"));
  const { page, open, close } = await visit(browser, {}, [], passing.url);
  await open("/violations");
  await page.getByText(/No violations in/).waitFor();
  await page.getByText("This server's own proxy has judged 0 records since it began.").waitFor();
  await passing.stop();
  await page.getByText(/The server does not answer/).waitFor({ timeout: 40_000 });
  await page.getByText(/No violations in/).waitFor();
  await close();
});

const value = (page: Page) => page.locator(".writing .cm-content");

test("an incompatible change says why, takes its fix, and is registered then", async () => {
  const subject = "written-value";
  await register(server(), subject, record("a"));
  const { page, wrongs, open, close } = await visit(browser);
  await open(`/subjects/${subject}/fields`);
  await page.getByRole("link", { name: "New version" }).click();
  await page.getByText("Nothing is changed yet.").waitFor();
  const button = page.getByRole("button", { name: "Register" });
  expect(await button.isDisabled()).toBe(true);
  const next = JSON.parse(record("a", "b"));
  next.fields[1].type = ["null", "string"];
  await value(page).fill(JSON.stringify(next, null, 2));
  await page.locator(".compare-side").getByText("Breaks BACKWARD").waitFor();
  await page.getByText("It can't be registered: it breaks BACKWARD.").waitFor();
  await page.locator(".cm-lint-marker-error").waitFor();
  expect(await button.isDisabled()).toBe(true);
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("button", { name: "Put the fix in" }).first().click();
  await page.locator(".compare-side").getByText("Passes BACKWARD").waitFor();
  // What was written is there again after the page was left.
  await page.reload();
  await page.getByText(/was kept in this browser/).waitFor();
  await page.locator(".compare-side").getByText("Passes BACKWARD").waitFor();
  await button.click();
  await page.getByRole("dialog").getByText("Register v2 of written-value?").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Register" }).click();
  await page.waitForURL(/written-value\/fields/);
  await page.locator('[data-path="b"]').waitFor();
  expect(wrongs).toEqual([]);
  await close();
  await fetch(`${server()}/subjects/${subject}`, { method: "DELETE" });
});

test("a text that can't be read is told where it ends to make sense", async () => {
  const { page, open, close } = await visit(browser, {}, [422]);
  await open("/subjects/inventory.level-value/new");
  await value(page).fill('{"type": "record",\n  "name": }');
  await page.locator(".compare-side").getByText("Can't be read").waitFor();
  await page.locator(".cm-lint-marker-error").waitFor();
  await close();
});

test("a subject is begun with its format and its level", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/new?format=PROTOBUF");
  await page.getByText("Give it a name first.").waitFor();
  await page.getByLabel("Subject", { exact: true }).fill("begun-value");
  await page.waitForURL(/subject=begun-value/);
  await page.getByRole("button", { name: /Compatibility level/ }).click();
  await page.getByRole("option", { name: /^FULL(?!_)/ }).click();
  await page.getByText("It may be the first version").waitFor();
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Register" }).click();
  await page.waitForURL(/begun-value\/fields/);
  await page.locator('[data-path="id"]').waitFor();
  const level = (await (await fetch(`${server()}/config/begun-value`)).json()) as { compatibilityLevel: string };
  expect(level.compatibilityLevel).toBe("FULL");
  expect(wrongs).toEqual([]);
  await close();
  await fetch(`${server()}/subjects/begun-value`, { method: "DELETE" });
});

test("where nothing may be registered, the editor says why", async () => {
  const { page, open, close } = await visit(browser);
  await open("/subjects/subscriptions.renewed-value/new");
  await page.getByText("Nothing can be registered here: the mode is READONLY.").waitFor();
  expect(await page.getByRole("button", { name: "Register" }).isDisabled()).toBe(true);
  await close();
});

test("of bad records it is told where they are, and how they come back", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  const of = async (query: string) => {
    const found = await (await fetch(`${server()}/govern/v1/violations?${query}`)).json();
    return `/violations/${(found as { violations: [{ id: string }] }).violations[0].id}`;
  };
  const where = page.getByRole("region", { name: "Where these records are" });
  await open(await of("topic=orders.created&rule=total-not-negative"));
  await where.getByText(/is in orders\.created\.dlq/).waitFor();
  expect(await where.locator("code").textContent()).toContain("-t orders.created.dlq -f '%p:%o %h\\n'");
  await where.getByText("User:ops-* may have them pass over the rule").waitFor();
  const own = `${server()}/govern/v1/policies/watched-only`;
  const watch = { topics: "watched.only", mode: "shadow", position: 5 };
  const headers = { "Content-Type": "application/json" };
  expect((await fetch(own, { method: "PUT", headers, body: JSON.stringify(watch) })).ok).toBe(true);
  expect((await tellOfBad(server(), "watched.only", "first-rule")).status).toBe(204);
  await open(await of("topic=watched.only"));
  await where.getByText("nothing was done to them").waitFor();
  expect(await where.locator("code").count()).toBe(0);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
  await fetch(own, { method: "DELETE" });
});

/** A bad record, as a proxy elsewhere would tell of it. */
const tellOfBad = (at: string, topic: string, rule: string, clientId = "live-test") => {
  const now = Date.now();
  return fetch(`${at}/govern/v1/violations/observations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      violations: [
        {
          cluster: "harbour",
          topic,
          rule,
          path: "id",
          reason: "value: told while somebody looks on",
          clientId,
          records: 2,
          acted: 2,
          first: now,
          last: now,
          samples: [{ at: now, partition: 0, index: 0, action: "reject", path: "id", bytes: 10, fields: [] }],
        },
      ],
    }),
  });
};

test("a bad record appears while one looks on, not while it is held, and after", async () => {
  const at = inject("empty");
  const { page, wrongs, open, close } = await visit(browser, {}, [], at);
  await open("/violations");
  await page.locator('.live[data-state="live"]').waitFor();
  expect((await tellOfBad(at, "live.one", "first-rule")).status).toBe(204);
  await page.locator(".feed").getByText("live.one").first().waitFor();
  await page.getByRole("row").getByText("live.one").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator('.live[data-state="paused"]').waitFor();
  await tellOfBad(at, "live.two", "second-rule");
  await page.waitForTimeout(1500);
  expect(await page.getByText("live.two").count()).toBe(0);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator('.live[data-state="live"]').waitFor();
  await page.getByRole("row").getByText("live.two").waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("what is told of a violation, and of a subject, grows while one looks on", async () => {
  const at = inject("empty");
  const { page, wrongs, open, close } = await visit(browser, {}, [], at);
  expect((await tellOfBad(at, "grows.topic", "growing-rule")).status).toBe(204);
  const path = `${at}/govern/v1/violations?topic=grows.topic`;
  await expect.poll(async () => (await (await fetch(path)).json()).violations.length, { timeout: 20_000 }).toBe(1);
  const { id } = (await (await fetch(path)).json()).violations[0] as { id: string };
  const heard = page.waitForResponse((answer) => answer.url().endsWith("/govern/v1/events"));
  await open(`/violations/${id}`);
  await heard;
  await page.getByText("live-test sent 2 such records").waitFor();
  await tellOfBad(at, "grows.topic", "growing-rule");
  // Without the stream, it would be asked for once a minute.
  await page.getByText("live-test sent 4 such records").waitFor({ timeout: 20_000 });

  const register = (schema: string) =>
    fetch(`${at}/subjects/grows-value/versions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ schema }),
    });
  expect((await register('"string"')).status).toBe(200);
  await open("/subjects/grows-value/versions");
  await page.getByText("Latest is v1 of 1 live version").waitFor();
  await register('["string","null"]');
  await page.getByRole("list", { name: "Versions, newest first" }).getByText("v2").waitFor();
  await page.getByText("Latest is v2 of 2 live versions").waitFor();
  await fetch(`${at}/subjects/grows-value`, { method: "DELETE" });
  expect(wrongs).toEqual([]);
  await close();
});

test("when the stream breaks it says so", async () => {
  const binary = process.env.TIDEGATE_SERVER_BIN ?? "";
  const passing = await start(binary);
  const { page, open, close } = await visit(browser, {}, [], passing.url);
  await open("/validation");
  await page.locator('.live[data-state="live"]').waitFor();
  await passing.stop();
  await page.locator('.live[data-state="reconnecting"]').waitFor({ timeout: 30_000 });
  await close();
});

test("what is counted is seen in numbers, lines and a table", async () => {
  const at = inject("empty");
  const { page, wrongs, open, close } = await visit(browser, {}, [], at);
  await open("/validation?range=1m");
  await page.getByText(/This page listens since/).waitFor();
  await tellOfBad(at, "counted.topic", "counted-rule");
  await page.getByRole("link", { name: "counted-rule" }).waitFor();
  // By whom, too.
  await page.getByRole("row", { name: "live-test 2 2" }).getByRole("link").waitFor();
  // Whoever has no client id is told, too, but a list of theirs alone can't be asked for.
  await tellOfBad(at, "counted.topic", "counted-rule", "");
  const unnamed = page.getByRole("row", { name: "(no client id) 2 2" });
  await unnamed.waitFor();
  expect(await unnamed.getByRole("link").count()).toBe(0);
  await page.locator(".chart svg").first().waitFor();
  await page.getByText("As a table").first().click();
  await page.locator("details[open] tbody tr").first().waitFor();
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
});

test("what changed while one looks is marked in the lines, and told beside them", async () => {
  const at = inject("empty");
  const { page, wrongs, open, close } = await visit(browser, {}, [], at);
  await open("/validation?range=15m");
  await page.locator(".chart svg").first().waitFor();
  const marks = page.locator(".chart").first().locator(".chart-mark");
  const before = await marks.count();
  const told = await fetch(`${at}/subjects/marked-value/versions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ schema: '"string"' }),
  });
  expect(told.status).toBe(200);
  const changes = page.getByRole("group", { name: "What happened" });
  await changes.getByRole("link", { name: "marked-value" }).waitFor({ timeout: 30_000 });
  await expect.poll(() => marks.count(), { timeout: 20_000 }).toBeGreaterThan(before);
  expect(await complaints(page)).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
  await fetch(`${at}/subjects/marked-value`, { method: "DELETE" });
});

test("lineage is drawn, opened and folded, and its table says the same", async () => {
  const event = (job: string, inputs: string[], outputs: string[]) => ({
    eventType: "RUNNING",
    eventTime: new Date().toISOString(),
    producer: "https://example.com/test",
    schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    run: { runId: crypto.randomUUID() },
    job: { namespace: "tests", name: job },
    inputs: inputs.map((name) => ({ namespace: "kafka://harbour", name })),
    outputs: outputs.map((name) => ({ namespace: "kafka://harbour", name })),
  });
  const told = await fetch(`${server()}/api/v1/lineage/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify([
      event("join-orders", ["orders.created"], ["graph.joined"]),
      event("sum-orders", ["graph.joined"], ["graph.summed"]),
    ]),
  });
  expect([200, 204]).toContain(told.status);
  const { page, wrongs, open, close } = await visit(browser);
  await open("/lineage?focus=topic%3Aorders.created&view=graph");
  const box = (name: string) => page.locator(".graph-box").getByRole("button", { name, exact: true });
  await box("join-orders").waitFor();
  await box("checkout-api").waitFor();
  await box("graph.joined").waitFor();
  expect(await box("graph.summed").count()).toBe(0);
  expect(await page.locator(".flow-declared").count()).toBeGreaterThan(1);
  expect(await page.locator(".flow-observed").count()).toBeGreaterThan(3);
  await page.getByRole("button", { name: "Show 1 more around graph.joined" }).click();
  await page.waitForURL(/open=/);
  await box("sum-orders").waitFor();
  await page.reload();
  await box("sum-orders").waitFor();
  await page.getByRole("button", { name: "Fold what is around graph.joined" }).click();
  await box("sum-orders").waitFor({ state: "detached" });
  await page.getByText("As a table").click();
  const rows = await page.locator(".flows tbody tr").count();
  expect(rows).toBe(await page.locator(".graph .react-flow__edge").count());
  await box("join-orders").click();
  await page.locator(".graph-about").getByText("declared").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("button", { name: "Put it in the middle" }).click();
  await page.waitForURL(/focus=job/);
  await box("join-orders").waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("many subjects get a level at once, and each one says what came of it", async () => {
  for (const name of ["bulk.one-value", "bulk.two-value", "bulk.three-value"])
    await register(server(), name, record("a"));
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects?q=bulk.");
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await page.getByText("3 chosen").waitFor();
  await page.getByRole("button", { name: "Set the level" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /Compatibility level/ }).click();
  await page.getByRole("option", { name: /^FULL_TRANSITIVE/ }).click();
  await dialog.getByRole("button", { name: "Set it" }).click();
  await dialog.getByText("All 3 are done.").waitFor();
  expect(await complaints(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  const level = (await (await fetch(`${server()}/config/bulk.two-value`)).json()) as { compatibilityLevel: string };
  expect(level.compatibilityLevel).toBe("FULL_TRANSITIVE");
  await page.getByRole("checkbox", { name: "Choose all" }).check();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByRole("button", { name: "Delete them" }).click();
  await dialog.getByText("All 3 are done.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByText("No subject matches").waitFor();
  expect(wrongs).toEqual([]);
  await close();
});
