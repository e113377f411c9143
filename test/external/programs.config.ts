import { defineConfig } from "../../src/config/config.ts";

export default defineConfig({ generators: "./program-generators.ts", leaseMs: 1_000 });
