import { defineConfig } from "../../src/config/config.ts";
import { NO_LIMITS } from "../../test/support/no-limits.ts";

export default defineConfig({
  ...NO_LIMITS,
  generators: "./generators.ts",
  identify: (request) => request.headers.get("x-user"),
  logLevel: "error",
});
