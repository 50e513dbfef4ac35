// How is the UI built and served while one works on it? Under /ui/, with the API of a running server behind it.
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The server whose API is asked in development and preview. */
const server = process.env.TIDEGATE_URL ?? "http://127.0.0.1:8081";

const api = Object.fromEntries(
  ["subjects", "schemas", "config", "mode", "contexts", "govern", "health", "associations", "v1", "api", "metrics"].map(
    (path) => [`^/${path}([/?:]|$)`, { target: server, changeOrigin: true }],
  ),
);

/**
 * React Aria brings its own few words in 34 languages, which every part of it would carry. The UI speaks English as yet, so
 * these do, too; a language that is added to strings.ts is added here. What is absent falls back to English.
 */
const spoken: Plugin = {
  name: "spoken-languages",
  enforce: "pre",
  load: (id) =>
    /\/react-(?:aria|stately)[\w-]*\/.*\/intl\/(?:.*\/)?(?!en-US)[a-z]{2}-[A-Z]{2}\.m?js$/.test(id)
      ? "export default undefined;"
      : undefined,
  // Nor does each table of them have to name the languages that it has not.
  transform: (code, id) =>
    /\/react-(?:aria|stately)[\w-]*\//.test(id) && code.includes('"ar-AE":')
      ? code.replace(/^\s*"(?!en-US)[a-z]{2}-[A-Z]{2}": [\w$]+,?$/gm, "")
      : undefined,
};

export default defineConfig({
  base: "/ui/",
  plugins: [spoken, react()],
  build: {
    // Fonts as data: URIs would be refused by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The oldest ones that know `light-dark()`: what is written for them needs no detours, which all would have to load.
    target: ["chrome123", "firefox120", "safari17.5"],
    // What is built into the server; the folder above it is in the repository, so that Cargo has something to watch.
    outDir: "dist/app",
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // To read a member does nothing else: what is read and not used goes.
      // React's `memo` only wraps: parts of libraries that nobody uses don't stay for being wrapped.
      treeshake: { propertyReadSideEffects: false, manualPureFunctions: ["memo"] },
      // What every screen begins with is two files, libraries and our own, and what many share besides is one for each sort;
      // else there are dozens of small ones, and all who need them have to name them.
      output: {
        codeSplitting: {
          groups: [
            { name: "libraries", tags: ["$initial"], test: /node_modules/, priority: 1 },
            { name: "start", tags: ["$initial"] },
            { name: "icons", test: /lucide-react/, minShareCount: 2 },
            { name: "aria", test: /react-(aria|stately)/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: api },
  preview: { proxy: api },
});
