import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// In development the page is served by Vite and everything else by a gateway beside it.
const gateway = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // Within the package that serves it, so that a wheel has it too.
    outDir: "../app/workbench",
    emptyOutDir: true,
    // Fonts and icons stay files of their own: data: addresses would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000, // the editor is large and loaded once
    rolldownOptions: {
      // GraphiQL's compiled components carry directives for a compiler that has already run.
      onLog: (level, log, handle) => log.code !== "MODULE_LEVEL_DIRECTIVE" && handle(level, log),
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/graphql": gateway, "/demo": gateway, "/examples.json": gateway } },
});
