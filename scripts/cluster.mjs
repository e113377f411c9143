/** @module `npm run cluster`: sets the clone up, then starts nats-servers, nodes and nginx on this machine. */

import { runOnNode24 } from "./run.mjs";
import { isSetUp } from "./setup.mjs";

process.exitCode = isSetUp({ cluster: true })
  ? await runOnNode24(["scripts/cluster/main.ts", ...process.argv.slice(2)])
  : 1;
