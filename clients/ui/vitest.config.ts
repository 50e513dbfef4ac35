// Which tests need no server and no browser? Those of the models, and the one that holds the client to the contract.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/**/*.test.ts", "tests/contract.test.ts", "tests/budget.test.ts"] },
});
