/** @module Which Carryout this is. */

import { readFileSync } from "node:fs";

/** Of the package; the same file lies above `src` and `dist`. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
).version;
