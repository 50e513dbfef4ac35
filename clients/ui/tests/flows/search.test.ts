// Is a subject found among many, whatever is known of it? Words, facets, fields; and nobody waits for all of them.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";
import { start } from "./setup";

const MANY = 450;
let browser: Browser;
let crowded: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  browser = await launch();
  crowded = await start(process.env.TIDEGATE_SERVER_BIN ?? "");
  const all = Array.from({ length: MANY }, (_, index) => index);
  // A few at a time, as applications would.
  for (let from = 0; from < MANY; from += 25) await Promise.all(all.slice(from, from + 25).map(register));
});
afterAll(async () => {
  await browser?.close();
  await crowded?.stop();
});

const team = (index: number) => ["team-orders", "team-money", "Team Blue", undefined][index % 4];

async function register(index: number): Promise<void> {
  const owner = team(index);
  const fields = [{ name: index % 100 === 7 ? "customer_id" : "id", type: "string" }];
  const answer = await fetch(`${crowded.url}/subjects/crowd-${String(index).padStart(3, "0")}-value/versions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      schema: JSON.stringify({ type: "record", name: "R", fields }),
      ...(owner ? { metadata: { properties: { owner } } } : {}),
    }),
  });
  expect(answer.status).toBe(200);
}

const here = () => visit(browser, {}, [], crowded.url);

test("words, facets and order narrow what is found, and the address keeps it all", async () => {
  const { page, wrongs, open, close } = await here();
  await open("/subjects");
  await page.getByText(`${MANY} found`).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("crowd-1");
  await page.waitForURL(/q=crowd-1/);
  await page.getByText("100 found").waitFor();
  const owners = page.getByRole("group", { name: "Owner" });
  await owners.getByRole("checkbox", { name: /Team Blue/ }).check();
  await page.waitForURL(/Team\+Blue/);
  await page.getByText("25 found").waitFor();
  // The values that were not chosen are there still, as alternatives.
  await owners.getByRole("checkbox", { name: /No owner/ }).check();
  await page.getByText("50 found").waitFor();
  await page.reload();
  await page.getByText("50 found").waitFor();
  expect(await owners.getByRole("checkbox", { name: /Team Blue/ }).isChecked()).toBe(true);
  expect(await complaints(page)).toEqual([]);
  await page.goBack();
  await page.getByText("25 found").waitFor();
  await owners.getByRole("checkbox", { name: /Team Blue/ }).uncheck();
  await page.getByText("100 found").waitFor();
  await page.getByRole("button", { name: "Subject", exact: true }).click();
  await page.waitForURL(/sort=-name/);
  await page.getByRole("row", { name: /crowd-199-value/ }).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("only what is looked at is fetched, and the end is reached by scrolling", async () => {
  const { page, wrongs, open, close } = await here();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/govern/v1/search")) asked.push(request.url());
  });
  await open("/subjects");
  await page.getByRole("row", { name: /crowd-000-value/ }).waitFor();
  await page.waitForTimeout(500);
  const before = asked.length;
  expect(before).toBe(1);
  expect(await page.getByRole("table").getAttribute("aria-rowcount")).toBe(String(MANY + 1));
  expect(await page.getByRole("row").count()).toBeLessThan(80);
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 4000);
        return page.getByText(`crowd-${MANY - 1}-value`).count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  expect(asked.length).toBeGreaterThan(before);
  expect(wrongs).toEqual([]);
  await close();
});

test("a field leads to the subjects that have it", async () => {
  const { page, open, close } = await here();
  await open("/subjects?q=customer");
  await page.getByText("5 found").waitFor();
  await page
    .getByRole("row", { name: /crowd-107-value/ })
    .getByRole("link", { name: "customer_id" })
    .click();
  await page.locator('[data-path="customer_id"]').waitFor();
  await close();
});

test("what excludes everything is named, and taken out", async () => {
  const { page, open, close } = await here();
  await open("/subjects?q=crowd-007+owner%3Anobody");
  await page.getByText("No subject matches").waitFor();
  await page.getByText("excludes everything").waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("button", { name: "Take out owner:nobody" }).click();
  await page.getByText("1 found").waitFor();
  expect(await page.getByRole("searchbox").inputValue()).toBe("crowd-007");
  await close();
});

test("a search that can't be read says why, and what was found stays", async () => {
  const { page, open, close } = await visit(browser, {}, [400], crowded.url);
  await open("/subjects");
  await page.getByText(`${MANY} found`).waitFor();
  await page.getByRole("searchbox").fill("id:seven");
  await page.getByText("This search can't be read").waitFor();
  await page.getByRole("row", { name: /crowd-000-value/ }).waitFor();
  expect(await complaints(page)).toEqual([]);
  await page.getByRole("searchbox").fill("crowd-0");
  await page.getByText("100 found").waitFor();
  await close();
});

test("all that was found is taken along, and chosen", async () => {
  const { page, wrongs, open, close } = await here();
  await open("/subjects?q=owner%3A%22%22");
  await page.getByText("112 found").waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: /as CSV/ }).click(),
  ]);
  expect(
    readFileSync(await file.path(), "utf8")
      .trim()
      .split("\n"),
  ).toHaveLength(113);
  await page.getByRole("checkbox", { name: "Choose crowd-003-value" }).check();
  await page.getByRole("button", { name: "Choose all 112 that were found" }).click();
  await page.getByText("112 chosen").waitFor();
  expect(wrongs).toEqual([]);
  await close();
});

test("schemas that were found are taken along as files, each context in a folder", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/subjects?q=orders.created");
  await page.getByText("3 found").waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "3 schemas as ZIP" }).click(),
  ]);
  const program =
    "import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
  const held = JSON.parse(execFileSync("python3", ["-c", program, await file.path()], { encoding: "utf8" }));
  const [list, ...schemas] = Object.keys(held);
  expect(list).toBe("subjects.json");
  expect(schemas.sort()).toEqual([
    "orders.created-key.avsc",
    "orders.created-value.avsc",
    "staging/orders.created-value.avsc",
  ]);
  const latest = await fetch(`${server()}/subjects/orders.created-value/versions/latest`);
  expect(held["orders.created-value.avsc"]).toBe(((await latest.json()) as { schema: string }).schema);
  expect(JSON.parse(held["subjects.json"])).toHaveLength(3);
  expect(await page.locator(".taking").count()).toBe(0);
  expect(wrongs).toEqual([]);
  await close();
});

test("the palette finds subjects by what is in them, and leads to all of them", async () => {
  const { page, wrongs, open, close } = await here();
  await open("/violations");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder(/A subject/).fill("customer_id");
  await page.getByRole("option", { name: "crowd-007-value customer_id" }).waitFor();
  await page.getByPlaceholder(/A subject/).fill("crowd");
  await page.getByRole("option", { name: `All ${MANY} subjects that were found` }).click();
  await page.waitForURL(/\/subjects\?q=crowd/);
  expect(wrongs).toEqual([]);
  await close();
});
