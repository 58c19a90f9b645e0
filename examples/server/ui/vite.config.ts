import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { recordSources } from "./scripts/sources";

export default defineConfig({
  plugins: [react(), recordSources()],
  envPrefix: "REACT_APP_",
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  server: {
    proxy: {
      "/api": { target: process.env.API_TARGET ?? "http://localhost:8000", changeOrigin: false },
    },
  },
});
