// Can it be said which connections belong to an application, and does lineage tell of it then?
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, visit } from "./browser";
import { start } from "./setup";

let browser: Browser;
let alone: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  browser = await launch();
  alone = await start(process.env.TIDEGATE_SERVER_BIN ?? "");
});
afterAll(async () => {
  await browser?.close();
  await alone?.stop();
});

/** Two connections of one application, which call themselves by the machine that they run on. */
async function observe(): Promise<void> {
  const now = Date.now();
  const seen = (client: string) => ({
    cluster: "default",
    topic: "orders",
    client_id: client,
    direction: "produces",
    records: 5,
    bytes: 50,
    first: now - 1000,
    last: now,
  });
  const answer = await fetch(`${alone.url}/govern/v1/lineage/observations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ observations: [seen("web-a1"), seen("web-b2")] }),
  });
  expect(answer.status).toBe(204);
}

async function writers(): Promise<string[]> {
  const answer = await fetch(`${alone.url}/govern/v1/lineage/graph?node=topic:kafka://default:orders`);
  const { nodes } = (await answer.json()) as { nodes: { kind: string; name: string }[] };
  return nodes.filter((node) => node.kind === "application").map((node) => node.name);
}

test("connections are said to be one application, which is changed and forgotten again", async () => {
  await observe();
  expect((await writers()).sort()).toEqual(["web-a1", "web-b2"]);
  const { page, wrongs, open, close } = await visit(browser, {}, [], alone.url);
  await open("/settings");
  const card = page.getByRole("region", { name: "Applications" });
  await card.getByText("No applications are declared").waitFor();
  await card.getByRole("button", { name: "Declare an application" }).click();
  const dialog = page.getByRole("dialog");
  const save = dialog.getByRole("button", { name: "Declare it" });
  await dialog.getByLabel("Name", { exact: true }).fill("shop");
  await dialog.getByText("has to say which connections are meant").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await dialog.getByLabel("Client ids").fill("*");
  await dialog.getByText("would take everybody for one").waitFor();
  await dialog.getByLabel("Client ids").fill("web-*\nkiosk");
  await dialog.getByLabel("Owner").fill("team-shop");
  expect(await complaints(page)).toEqual([]);
  await save.click();
  await page.getByText("shop is declared.").waitFor();
  const row = card.getByRole("row", { name: /shop/ });
  await row.getByText("web-*, kiosk").waitFor();
  await row.getByText("team-shop").waitFor();
  expect(await complaints(page)).toEqual([]);
  expect(await writers()).toEqual(["shop"]);

  await card.getByRole("button", { name: "Declare an application" }).click();
  await dialog.getByLabel("Name", { exact: true }).fill("shop");
  await dialog.getByText("It is declared already").waitFor();
  await page.keyboard.press("Escape");

  await card.getByRole("button", { name: "Change shop" }).click();
  expect(await dialog.getByLabel("Client ids").inputValue()).toBe("web-*\nkiosk");
  await dialog.getByLabel("Client ids").fill("web-a*");
  await dialog.getByLabel("Namespace of its job").fill("flink");
  await dialog.getByText("A job has a namespace and a name.").waitFor();
  await dialog.getByLabel("Name of its job").fill("shop-job");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("flink / shop-job").waitFor();

  await card.getByRole("button", { name: "Forget shop" }).click();
  await dialog.getByText("also for what was seen before").waitFor();
  expect(await complaints(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Forget", exact: true }).click();
  await page.getByText("shop is not declared any more.").waitFor();
  await card.getByText("No applications are declared").waitFor();
  expect((await writers()).sort()).toEqual(["web-a1", "web-b2"]);
  expect(wrongs).toEqual([]);
  await close();
});
