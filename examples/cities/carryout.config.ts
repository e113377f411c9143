/** @module The example's settings: what can be made, and the pages around it. */

import { defineConfig } from "carryout";

export default defineConfig({ generators: "./generators.ts", routes: "./routes.ts" });
