import { defineConfig } from "../../src/config/config.ts";
import { NO_LIMITS } from "../support/no-limits.ts";
import { KEPT_DOWNLOADS } from "./history.ts";

export default defineConfig({
  ...NO_LIMITS,
  generators: "./generators.ts",
  routes: "./routes.ts",
  // A nemesis kills more holders of one download than a bad generator would, and giving a download up counts as a loss.
  maxHandovers: 1_000,
  keepPerUser: KEPT_DOWNLOADS,
});
