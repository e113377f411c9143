/** @module A page with the form of an export. */

import { defineConfig } from "../../src/config/config.ts";

export default defineConfig({
  generators: "./export-generators.ts",
  routes: "./export-routes.ts",
  leaseMs: 1_000,
});
