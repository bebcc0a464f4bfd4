import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [
    svelte(),
    // `npm test` has compiled the messages, and the plugin's watcher would keep vitest from ending.
    mode === "test"
      ? svelteTesting()
      : paraglideVitePlugin({
          project: "./project.inlang",
          outdir: "./src/messages",
          strategy: ["globalVariable", "baseLocale"],
        }),
  ],
  resolve: { alias: { entities: fileURLToPath(new URL("./src/views/text/entities.ts", import.meta.url)) } },
  // A mode of its own for the demo world, so that `import.meta.env.MODE` decides at build time whether it is in the bundle.
  build: {
    target: ["es2022", "safari16"],
    outDir: mode === "demo" ? "dist-demo" : "dist",
    // A page on a LAN's http has one origin and no CDN; a few larger files load faster than many small ones.
    assetsInlineLimit: 0,
    // All styles with the first load: a few kB, and no dialog waits for its own or comes without them.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    // A guest's page in development talks to a headless server beside it.
    proxy: {
      "/api": { target: process.env.LANDLINE_SERVER ?? "http://127.0.0.1:8000" },
      "/ws": { target: process.env.LANDLINE_SERVER ?? "http://127.0.0.1:8000", ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    pool: "threads",
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
  },
}));
