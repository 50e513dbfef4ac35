// How is the UI built and served while one works on it? Under /ui/, with the API of a running server behind it.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server whose API is asked in development and preview. */
const server = process.env.TIDEGATE_URL ?? "http://127.0.0.1:8081";

const api = Object.fromEntries(
  ["subjects", "schemas", "config", "mode", "contexts", "govern", "health", "associations", "v1"].map((path) => [
    `^/${path}([/?:]|$)`,
    { target: server, changeOrigin: true },
  ]),
);

export default defineConfig({
  base: "/ui/",
  plugins: [react()],
  build: {
    // Fonts as data: URIs would be refused by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What is built into the server; the folder above it is in the repository, so that Cargo has something to watch.
    outDir: "dist/app",
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: api },
  preview: { proxy: api },
});
