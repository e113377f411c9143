import { defineConfig } from "../../src/config/config.ts";

export default defineConfig({ generators: "./cluster-generators.ts", leaseMs: 1_000 });
