// Which tests open the UI in a browser, before a real server? One after the other, since they share both.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/flows/**/*.test.ts"],
    globalSetup: "tests/flows/setup.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    maxWorkers: 1,
  },
});
