import { defineConfig } from "carryout";

export default defineConfig({
  engine: "sqlite:.carryout",
  generators: "./generators.ts",
  retentionMs: 7 * 24 * 3_600_000,
  publicOrigins: ["https://files.example.com"],
});
