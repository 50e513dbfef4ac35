// How is the UI opened as a person would? In Debian's Chromium; every error of a page, and every request elsewhere, is kept.
import { readFileSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { inject } from "vitest";

export const server = () => inject("server");

export function launch(): Promise<Browser> {
  return chromium.launch({
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
}

export type Visit = {
  page: Page;
  wrongs: string[];
  open: (address: string) => Promise<void>;
  close: () => Promise<void>;
};

/** A window of its own. What goes wrong in it is in `wrongs`; answers with these codes are expected. */
export async function visit(
  browser: Browser,
  options: BrowserContextOptions = {},
  expected: number[] = [],
  at = server(),
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrongs: string[] = [];
  page.on("pageerror", (error) => wrongs.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const isExpected = expected.some((code) => message.text().includes(`status of ${code}`));
    if (message.type() === "error" && !isExpected) wrongs.push(`${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(at) && !/^(blob|data):/.test(request.url()))
      wrongs.push(`asked elsewhere: ${request.url()}`);
  });
  return {
    page,
    wrongs,
    open: async (address) => {
      await page.goto(`${at}/ui${address}`);
      await page.waitForSelector("h1");
      await page.waitForSelector(".skeleton", { state: "detached" });
    },
    close: () => context.close(),
  };
}

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** What axe-core has to say against a page, one line for each rule and place. */
export async function complaints(page: Page): Promise<string[]> {
  // Evaluated, not added as an element: the page's policy would refuse that.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is what was evaluated above
    const found = await (window as any).axe.run(document, { resultTypes: ["violations"] });
    return found.violations.flatMap((one: { id: string; nodes: { target: string[]; failureSummary: string }[] }) =>
      one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\n")[1] ?? ""}`),
    );
  });
}
