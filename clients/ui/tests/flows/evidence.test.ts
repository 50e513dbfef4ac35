// How is a flow known? Each line says it, by pointer and by keyboard; also that traces led from one topic to another.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, launch, server, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
  const now = Date.now();
  const seen = (topic: string, client_id: string, more: object) => ({
    cluster: "harbour",
    topic,
    client_id,
    first: now - 3_600_000,
    last: now,
    ...more,
  });
  const group = "evidence-till";
  const observations = [
    seen("evidence.carts", "evidence-web", { direction: "produces", records: 50, bytes: 500 }),
    seen("evidence.carts", "evidence-shop", { direction: "consumes", group, evidence: "committed" }),
    seen("evidence.carts", "evidence-shop", { direction: "consumes", evidence: "fetched" }),
    seen("evidence.orders", "evidence-shop", { direction: "produces", records: 40, bytes: 400, refused: 4 }),
    seen("evidence.orders", "evidence-shop", { direction: "produces", from: "evidence.carts", group }),
  ];
  const told = await fetch(`${server()}/govern/v1/lineage/observations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ observations }),
  });
  expect(told.status).toBe(204);
});
afterAll(() => browser?.close());

test("a traced flow says so at its line, in the legend, and where its traces came from", async () => {
  const { page, wrongs, open, close } = await visit(browser);
  await open("/lineage?focus=topic%3Aevidence.orders&view=graph&up=2");
  await page.locator(".graph-box").getByRole("button", { name: "evidence-shop", exact: true }).waitFor();
  // Of all edges on the way the same is known: from the topic to the group, to the application, and to the topic.
  await expect
    .poll(() => page.locator(".graph .react-flow__edge-text").allTextContents())
    .toEqual(Array.from({ length: 3 }, () => "traced"));
  await page.getByText("records of one trace (header traceparent) went in and came out").waitFor();

  await page.getByText("As a table").click();
  const line = page.getByRole("button", {
    name: "observed: How the flow from evidence-shop to evidence.orders is known",
  });
  await line.click();
  const about = page.getByRole("region", { name: "How the flow from evidence-shop to evidence.orders is known" });
  await about.getByText("Records that it wrote are part of the same traces").waitFor();
  await about.getByText("The gate took records that it wrote").waitFor();
  await about.getByRole("link", { name: "evidence.carts" }).waitFor();
  await about.getByRole("link", { name: /^4 \(/ }).waitFor();
  expect(await complaints(page)).toEqual([]);

  // The address keeps it, and a press on another line takes its place.
  await page.reload();
  await about.waitFor();
  await page.locator('.graph [data-id^="group:"] .react-flow__edge-interaction').dispatchEvent("click");
  await about.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "How it is known" }).waitFor();
  await page.locator(".graph-about").getByRole("button", { name: "Close" }).click();
  await page.locator(".graph-about").waitFor({ state: "detached" });
  expect(wrongs).toEqual([]);
  await close();
});

test("the picture and the list of a topic name the topics that traces came from", async () => {
  const { page, wrongs, open, close } = await visit(browser, { colorScheme: "dark" });
  await open("/lineage?focus=topic%3Aevidence.orders");
  await page.getByText("Traces led here from evidence.carts.").waitFor();
  expect(await complaints(page)).toEqual([]);
  await open("/lineage?focus=topic%3Aevidence.orders&view=list");
  await page.getByRole("row", { name: /evidence-shop.*Traces led here from evidence.carts./ }).waitFor();
  expect(wrongs).toEqual([]);
  await close();
});
