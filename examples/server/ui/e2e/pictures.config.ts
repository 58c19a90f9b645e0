import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["e2e/pictures.ts"], testTimeout: 600_000, hookTimeout: 240_000 } });
