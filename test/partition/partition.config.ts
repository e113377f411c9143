import { defineConfig } from "../../src/config/config.ts";

/** Everything else as in production: the cost of a false suspicion depends on the lease. */
export default defineConfig({ generators: "./partition-generators.ts", capacity: 4 });
