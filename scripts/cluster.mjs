/** @module `npm run cluster`: sets the clone up, then starts nats-servers or PostgreSQL, nodes and nginx on this machine. */

import { runOnNode24 } from "./run.mjs";
import { isSetUp } from "./setup.mjs";

const words = process.argv.slice(2);
const cluster = /(^| )--engine[= ]postgres( |$)/.test(words.join(" ")) ? "postgres" : "nats";
process.exitCode = isSetUp({ cluster }) ? await runOnNode24(["scripts/cluster/main.ts", ...words]) : 1;
