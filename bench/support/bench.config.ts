import { defineConfig } from "../../src/config.ts";

export default defineConfig({
  generators: "./generators.ts",
  identify: (request) => request.headers.get("x-user"),
  logLevel: "error",
});
