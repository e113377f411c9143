import { defineConfig } from "../../src/index.ts"; // "carryout" in your project

export default defineConfig({
  engine: "sqlite:.carryout",
  generators: "./generators.ts",
  retentionMs: 7 * 24 * 3_600_000,
  publicOrigins: ["https://files.example.com"],
});
