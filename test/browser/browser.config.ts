/** @module The example's page over generators whose pace a test can rely on. */

import { defineConfig } from "../../src/config/config.ts";

export default defineConfig({
  generators: "./browser-generators.ts",
  routes: "../../examples/cities/routes.ts",
  leaseMs: 1_000,
  keepPerUser: 100,
});
