/** @module The example's settings: its generators and the pages around them. */

import { defineConfig } from "carryout";

export default defineConfig({ generators: "./generators.ts", routes: "./routes.ts" });
