import { defineConfig } from "../../src/config/config.ts";

/** All else as in production: what a false suspicion costs depends on the lease. */
export default defineConfig({ generators: "./partition-generators.ts", capacity: 4 });
