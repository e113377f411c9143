import { defineConfig } from "carryout";

export default defineConfig({ engine: "sqlite:.carryout", generators: "./generators.ts" });
