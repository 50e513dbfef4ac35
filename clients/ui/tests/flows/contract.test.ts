// Can a contract be written with its schema: owner, tags and rules, asked about before, told apart at the end?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";
import { start } from "./setup";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const subject = "promised-value";
const schema = JSON.stringify({
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "long" },
    { name: "email", type: "string" },
  ],
});

type Version = {
  version: number;
  metadata?: { properties?: Record<string, string>; tags?: Record<string, string[]> };
  ruleSet?: { domainRules?: Record<string, unknown>[]; migrationRules?: Record<string, unknown>[] };
};
const latest = async () => (await (await fetch(`${server()}/subjects/${subject}/versions/latest`)).json()) as Version;

test("owner, tags and rules are written, looked at by the server, and come with the version", async () => {
  const made = await fetch(`${server()}/subjects/${subject}/versions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ schema, metadata: { properties: { owner: "team-a", source: "shop" } } }),
  });
  expect(made.status).toBe(200);
  const { page, wrongs, open, close } = await visit(browser, {}, [422]);
  await open(`/subjects/${subject}/new`);
  await page.getByText("Nothing is changed yet.").waitFor();
  const about = page.getByRole("region", { name: "About it" });
  await about.getByLabel("Owner").fill("team-b");
  await page.getByText("It may follow").waitFor();
  await about.getByRole("button", { name: "Tag a part" }).click();
  await about.getByLabel("Path").fill("shop.Order.email");
  await about.getByLabel("Tags").fill("PII");

  const rules = page.getByRole("region", { name: "Rules", exact: true });
  await rules.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("menuitem", { name: "About records" }).click();
  await page.getByText("Something in the contract is not right yet: Rule rule-1.").waitFor();
  const register = page.getByRole("button", { name: "Register" });
  expect(await register.isDisabled()).toBe(true);
  await rules.getByLabel("Name").fill("positive");
  await rules.getByLabel("Expression").fill("message.id >");
  await rules.getByText(/The gate can't ask it: Syntax error/).waitFor();
  await rules.getByLabel("Expression").fill("message.idd > 0");
  // A typing mistake is told of with the place of it, before anything is registered.
  await rules
    .getByText("It can't be what is meant, at character 8: there is no field 'idd'; did you mean 'id'?")
    .waitFor();
  expect(await complaints(page)).toEqual([]);
  await rules.getByLabel("Expression").fill("message.id > 0");
  await rules.getByText("The server understands every rule.").waitFor();
  await rules.getByRole("button", { name: /If it fails/ }).click();
  await page.getByRole("option", { name: /^Refuse, keep a copy/ }).click();
  await rules.getByText("Tags, parameters and more").click();
  await rules.getByLabel("Parameters").fill("dlq.topic");
  await rules.getByText("Each line is name=value.").waitFor();
  await rules.getByLabel("Parameters").fill("dlq.topic=bad-orders");
  await page.getByText("It may follow").waitFor();

  // What is written is tried as it stands.
  await page.getByText("Try it on records").click();
  await page.getByLabel("Records to try").fill('[{"id": 0, "email": "a"}, {"id": 1, "email": "b"}]');
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText("Would refuse 1 of 2 records").waitFor();
  expect(await complaints(page)).toEqual([]);

  // It is there again after the page was left.
  await page.reload();
  await page.getByText(/was kept in this browser/).waitFor();
  await rules.getByRole("button", { name: "positive", exact: true }).waitFor();
  await page.getByText("It may follow").waitFor();

  await register.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("3 changes of the contract").waitFor();
  for (const what of ["Property owner", "Tags of shop.Order.email", "Rule positive"])
    await dialog.getByText(what, { exact: true }).waitFor();
  expect(await dialog.locator("del").allTextContents()).toEqual(["team-a"]);
  expect(await complaints(page)).toEqual([]);

  // Where the server refuses, it is said, and nothing that was written is lost.
  await fetch(`${server()}/mode/${subject}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ mode: "READONLY" }),
  });
  await dialog.getByRole("button", { name: "Register" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await about.getByLabel("Owner").inputValue()).toBe("team-b");
  await fetch(`${server()}/mode/${subject}`, { method: "DELETE" });
  await page.reload();
  await page.getByText("It may follow").waitFor();
  await register.click();
  await dialog.getByRole("button", { name: "Register" }).click();
  await page.waitForURL(/promised-value\/fields/);
  const now = await latest();
  expect(now.version).toBe(2);
  expect(now.metadata).toEqual({
    properties: { owner: "team-b", source: "shop" },
    tags: { "shop.Order.email": ["PII"] },
  });
  expect(now.ruleSet?.domainRules).toHaveLength(1);
  expect(now.ruleSet?.domainRules?.[0]).toMatchObject({
    name: "positive",
    kind: "CONDITION",
    mode: "WRITE",
    type: "CEL",
    expr: "message.id > 0",
    onFailure: "DLQ",
    params: { "dlq.topic": "bad-orders" },
  });
  expect(wrongs).toEqual([]);
  await close();
});

test("a rule is turned off and taken away, and one between versions comes to it", async () => {
  const { page, wrongs, open, close } = await visit(browser, { colorScheme: "dark" });
  await open(`/subjects/${subject}/new`);
  const rules = page.getByRole("region", { name: "Rules", exact: true });
  await rules.getByText("1 rule", { exact: true }).waitFor();
  await rules.getByRole("button", { name: "positive", exact: true }).click();
  await rules.getByRole("switch", { name: /In force/ }).click({ force: true });
  await rules.getByText("1 rule, 1 turned off").waitFor();
  await page.getByText("It may follow").waitFor();
  expect(await complaints(page)).toEqual([]);
  await rules.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("menuitem", { name: "For moving between versions" }).click();
  await rules.getByLabel("Expression").fill("$");
  await page.getByText("It may follow").waitFor();
  await page.getByRole("button", { name: "Register" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 changes of the contract").waitFor();
  expect(await complaints(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Register" }).click();
  await page.waitForURL(/promised-value\/fields/);
  const now = await latest();
  expect(now.metadata?.properties?.owner).toBe("team-b");
  expect(now.ruleSet?.domainRules?.[0]).toMatchObject({ name: "positive", disabled: true });
  expect(now.ruleSet?.migrationRules?.[0]).toMatchObject({ type: "JSONATA", mode: "UPGRADE", expr: "$" });

  await open(`/subjects/${subject}/new`);
  await rules.getByRole("button", { name: "Remove rule-2" }).click();
  await rules.getByRole("button", { name: "positive", exact: true }).click();
  await rules.getByRole("switch", { name: /In force/ }).click({ force: true });
  await rules.getByLabel("Expression").fill("message.idd > 0");
  await page.getByText("It may follow").waitFor();
  await page.getByRole("button", { name: "Register" }).click();
  await dialog.getByRole("button", { name: "Register" }).click();
  // The server took it, and says what may not be meant: nobody is led away from that.
  await dialog.getByText("did you mean 'id'?").waitFor();
  expect(await complaints(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Write another one" }).click();
  await page.getByText("Nothing is changed yet.").waitFor();
  await rules.getByRole("button", { name: "Remove positive" }).click();
  await page.getByText("It may follow").waitFor();
  await page.getByRole("button", { name: "Register" }).click();
  await dialog.getByRole("button", { name: "Register" }).click();
  await page.waitForURL(/promised-value\/fields/);
  expect((await latest()).ruleSet?.domainRules ?? []).toEqual([]);
  expect(wrongs).toEqual([]);
  await close();
  await fetch(`${server()}/subjects/${subject}`, { method: "DELETE" });
});

test("a typing mistake in a rule of Protobuf is told while one writes", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects/new?subject=typing-value&format=PROTOBUF");
  const rules = page.getByRole("region", { name: "Rules", exact: true });
  await rules.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("menuitem", { name: "About records" }).click();
  await rules.getByLabel("Name").fill("known");
  await rules.getByLabel("Expression").fill("message.nothing_like_it == ''");
  await rules.getByText(/It can't be what is meant, at character \d+: there is no field 'nothing_like_it'/).waitFor();
  expect(await rules.getByText("The server understands every rule.").count()).toBe(0);
  expect(await complaints(page)).toEqual([]);
  await page.getByText("Try it on records").click();
  await page.getByLabel("Records to try").fill("{}");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText(/known may not be what is meant: there is no field 'nothing_like_it'/).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("a rule is tried on the last records of a topic, of which only masks are known", async () => {
  const own = await start(process.env.TIDEGATE_SERVER_BIN ?? "", ["proxy.cluster=bench"], true);
  const send = (path: string, body: object) =>
    fetch(`${own.url}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  try {
    const schema = JSON.stringify({ type: "object", properties: { amount: { type: "integer" } } });
    const made = await send("/subjects/tried.sums-value/versions", { schemaType: "JSON", schema });
    expect(made.status).toBe(200);
    for (const amount of [5, -1, 7, -2]) {
      const value = { type: "JSONSCHEMA", data: { amount } };
      const stored = await send("/kafka/v3/clusters/bench/topics/tried.sums/records", { value });
      expect(stored.status).toBe(200);
    }
    const { page, wrongs, open, close } = await visit(browser, {}, [], own.url);
    await open("/rules?subject=tried.sums-value");
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByLabel("Expression (CEL)").fill("message.amount >= 0");
    await page.getByRole("radio", { name: "The last 100 of tried.sums" }).click();
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.getByText("Would refuse 2 of the last 4 records of tried.sums (50%)").waitFor();
    expect(await page.locator(".outcome > li").count()).toBe(2);
    await page
      .getByText(/partition \d+, offset \d+/)
      .first()
      .waitFor();
    expect(await complaints(page)).toEqual([]);
    expect(wrongs).toEqual([]);
    await close();
  } finally {
    await own.stop();
  }
});
