/**
 * @module `npm run bench [part …] [--quick] [--engine sqlite|nats1|nats]`: measures, prints tables, exits. Give it
 * the machine for itself.
 */

import { cpus } from "node:os";
import { acceptAsLibrary, acceptOverHttp, lifeCycles } from "./accept.ts";
import { delivery } from "./delivery.ts";
import { liveness, memoryPerDownload } from "./footprint.ts";
import { changeToEvent, requestToFirstLine } from "./latency.ts";
import { scale } from "./scale.ts";
import { serverLoss } from "./server-loss.ts";
import { chosenEngine } from "./support/engine.ts";
import { type Figure, print } from "./support/table.ts";
import { freeze, takeovers } from "./takeover.ts";

const isQuick = process.argv.includes("--quick");
const engine = chosenEngine();
const words = process.argv.slice(2).filter((_, index, all) => all[index - 1] !== "--engine");
const wanted = words.filter((word) => !word.startsWith("-"));

const PARTS: Record<string, () => Promise<Figure[]>> = {
  library: acceptAsLibrary,
  accept: () => acceptOverHttp(isQuick ? [0, 20_000] : [0, 20_000, 100_000]),
  lifecycle: lifeCycles,
  "first-line": requestToFirstLine,
  events: changeToEvent,
  takeover: () => takeovers(isQuick ? 5 : 20),
  freeze,
  memory: () => memoryPerDownload(20_000),
  liveness: () => liveness([0, 10_000]),
  delivery,
  servers: serverLoss,
  scale: () => scale(isQuick),
};
/** Takes eight minutes and writes docs/scale.md: runs only when it is asked for. */
const ASKED_FOR = ["scale"];

const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  process.stderr.write(`no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} cores, engine ${engine}, ${new Date().toISOString()}\n`,
  );
  for (const [part, measure] of Object.entries(PARTS)) {
    const isWanted = wanted.length === 0 ? !ASKED_FOR.includes(part) : wanted.includes(part);
    if (isWanted) print(part, await measure());
  }
}
