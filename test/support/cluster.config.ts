import { defineConfig } from "../../src/config.ts";

export default defineConfig({ generators: "./cluster-generators.ts", leaseMs: 1_000 });
