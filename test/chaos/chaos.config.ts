import { defineConfig } from "../../src/config/config.ts";
import { NO_LIMITS } from "../support/no-limits.ts";

export default defineConfig({
  ...NO_LIMITS,
  generators: "./generators.ts",
  routes: "./routes.ts",
  // A nemesis kills more holders of one download than any bad generator would: here a download that is given up is lost.
  maxHandovers: 1_000,
});
