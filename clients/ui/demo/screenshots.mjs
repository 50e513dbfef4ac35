// Takes a picture of every screen of a running server, in both themes, wide and narrow.
//
//   node demo/screenshots.mjs [http://127.0.0.1:8081] [folder] [screen or picture ...]
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";

const [server = "http://127.0.0.1:8081", folder = "screenshots", ...only] = process.argv.slice(2);

const ago = (/** @type {number} */ days) =>
  encodeURIComponent(new Date(Date.now() - days * 24 * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z"));

/** Screens with the part of their address behind /ui. */
const first = await (
  await fetch(new URL("/govern/v1/violations?topic=orders.created&rule=total-not-negative", server))
).json();
const worst = first.violations[0]?.id ?? "none";
const screens = {
  home: "/",
  subjects: "/subjects",
  "subjects-narrowed": "/subjects?q=customer+owner%3Ateam-orders+owner%3Ateam-customer",
  fields: "/subjects/orders.created-value/fields",
  definition: "/subjects/orders.created-value/definition",
  protobuf: "/subjects/payments.authorised-value/definition",
  versions: "/subjects/orders.created-value/versions",
  references: "/subjects/common.address/references",
  contract: "/subjects/orders.created-value/contract",
  usage: "/subjects/orders.created-value/usage",
  "subject-settings": "/subjects/customers.profile-value/settings",
  compare: "/subjects/orders.created-value/compare?from=1&to=7&level=FULL&change=0",
  "compare-text": "/subjects/orders.created-value/compare?from=4&to=6&view=text",
  editor: "/subjects/orders.created-value/new",
  "editor-changes": "/subjects/payments.authorised-value/new?from=1&view=changes",
  "new-subject": "/subjects/new?format=JSON",
  id: "/ids/3",
  validation: "/validation?range=1m",
  violations: "/violations",
  violation: `/violations/${worst}`,
  proxy: "/proxy?topic=orders.created&producer=checkout-api",
  policy: "/proxy/policies/orders",
  rules: "/rules?subject=orders.created-value&rule=total-not-negative",
  checks: "/rules/compatibility?rule=TG103",
  lineage: "/lineage?focus=topic%3Aorders.created",
  graph: "/lineage?focus=topic%3Aorders.created&view=graph&up=1&down=2",
  "graph-then": `/lineage?focus=topic%3Aorders.created&view=graph&at=${ago(4)}`,
  "graph-since": `/lineage?focus=topic%3Aorders.created&view=graph&since=${ago(5)}`,
  impact: "/impact?subject=orders.created-value",
  "impact-field": "/impact?subject=orders.created-value&field=order_id&change=delete",
  "impact-versions": "/impact?subject=orders.created-value&change=versions&from=1&to=7",
  "impact-unseen": "/impact?subject=common.address",
  "impact-none": "/impact",
  settings: "/settings",
  forbidden: "/subjects/nothing-like-it/fields",
};

/** What takes a while until it looks like itself. */
const LINGER = {
  validation: 45_000,
  violations: 3_000,
  graph: 1_500,
  "graph-then": 1_500,
  "graph-since": 1_500,
  impact: 1_500,
  compare: 1_500,
  editor: 1_500,
  "editor-changes": 1_500,
};

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const [size, viewport] of Object.entries({
      wide: { width: 1440, height: 900 },
      narrow: { width: 390, height: 844 },
    })) {
      const context = await browser.newContext({ colorScheme, viewport, locale: "en-GB", reducedMotion: "reduce" });
      const page = await context.newPage();
      page.on("console", (message) => message.type() === "error" && console.error(`${page.url()}: ${message.text()}`));
      page.on("pageerror", (error) => console.error(`${page.url()}: ${error.message}`));
      for (const [name, address] of Object.entries(screens)) {
        if (only.length && !only.includes(name) && !only.includes(`${name}-${colorScheme}-${size}`)) continue;
        // Not until the network is quiet: where events are watched it never is.
        await page.goto(`${server}/ui${address}`, { waitUntil: "load" });
        await page.waitForSelector("h1");
        await page.waitForSelector(".skeleton", { state: "detached" });
        await page.waitForTimeout(LINGER[/** @type {keyof typeof LINGER} */ (name)] ?? 600);
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${size}.png` });
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
}
