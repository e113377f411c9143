/** @module `npm start`: sets the clone up, then runs Carryout's command line with the given arguments. */

import { runOnNode24 } from "./run.mjs";
import { isSetUp } from "./setup.mjs";

process.exitCode = isSetUp() ? await runOnNode24(["dist/cli/main.js", ...process.argv.slice(2)]) : 1;
