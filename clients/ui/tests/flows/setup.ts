// Before the flows: a real server with a seeded SQLite store. TIDEGATE_SERVER_BIN names the binary; with TIDEGATE_UI_DIST=1
// the UI comes from dist/ instead of from it, so that a build can be tried without compiling the server.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { seed } from "../../demo/seed.mjs";
import { front } from "./front";

declare module "vitest" {
  export interface ProvidedContext {
    server: string;
    empty: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binary = process.env.TIDEGATE_SERVER_BIN;
  if (!binary) throw new Error("TIDEGATE_SERVER_BIN has to name a tidegate-server that was built with the UI");
  const full = await start(binary);
  const empty = await start(binary);
  await seed(full.url);
  project.provide("server", full.url);
  project.provide("empty", empty.url);
  return async () => {
    await Promise.all([full.stop(), empty.stop()]);
  };
}

/** `hasBroker`: with a proxy before a broker in memory. */
export async function start(
  binary: string,
  settings: string[] = [],
  hasBroker = false,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-ui-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [listen, store] = [`127.0.0.1:${port}`, `sqlite://${join(folder, "tidegate.db")}`];
  const flags = hasBroker ? settings : [`http.listen=${listen}`, `store.url=${store}`, ...settings];
  const command = hasBroker
    ? ["dev", "--listen", listen, "--store", store, "--proxy-listen", `127.0.0.1:${await freePort()}`]
    : ["serve"];
  const child = spawn(binary, [...command, ...flags.flatMap((flag) => ["--set", flag])], {
    cwd: folder,
    stdio: "ignore",
  });
  for (let waited = 0; waited < 300; waited += 1) {
    if (await isReady(url)) {
      if (process.env.TIDEGATE_UI_DIST !== "1") return { url, stop: () => stop(child, folder) };
      const before = await front(url, await freePort());
      return {
        url: before.url,
        stop: async () => {
          before.stop();
          await stop(child, folder);
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop(child, folder);
  throw new Error(`${binary} did not become ready`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode === null && child.kill()) await ended;
  rmSync(folder, { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
