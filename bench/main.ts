/**
 * @module `npm run bench [part …] [--quick] [--engine sqlite|postgres|nats1|nats]`: measures, prints tables, exits. Run
 * it on an otherwise idle machine. The part "abuse" measures a built checkout: this one, or that of `--carryout DIR`. The
 * part "export" takes `--rows 100000,1000000` and `--formats csv,zip`, the part "history" `--finished 0,100000,1000000`,
 * the part "takeover" `--kills 20`.
 * The part "jobs" is Carryout beside pg-boss and graphile-worker, all on PostgreSQL whatever the engine. The part
 * "engines" measures the usual parts on three engines, in turn, and writes the table of docs/figures.md. The part
 * "compare" measures this checkout and that of `--carryout DIR` in turn: `--of life,call,http,lone`.
 */

import { cpus } from "node:os";
import { abuse } from "./abuse.ts";
import { acceptAsLibrary, acceptOverHttp, lifeCycles } from "./accept.ts";
import { compare } from "./compare.ts";
import { delivery } from "./delivery.ts";
import { engines } from "./engines.ts";
import { exports } from "./export.ts";
import { feed } from "./feed.ts";
import { files } from "./files.ts";
import { liveness, memoryPerDownload } from "./footprint.ts";
import { longHistory } from "./history.ts";
import { jobs } from "./jobs.ts";
import { changeToEvent, requestToFirstLine } from "./latency.ts";
import { reconnect } from "./reconnect.ts";
import { scale } from "./scale.ts";
import { serverLoss } from "./server-loss.ts";
import { chosenEngine } from "./support/engine.ts";
import { type Figure, print } from "./support/table.ts";
import { freeze, takeovers } from "./takeover.ts";
import { ways } from "./ways.ts";

const isQuick = process.argv.includes("--quick");
/** Prints each part's figures as a line of JSON. */
const isForProgram = process.argv.includes("--json");
const engine = chosenEngine();
const VALUES = ["--engine", "--carryout", "--rows", "--formats", "--finished", "--kills", "--of"];
const words = process.argv.slice(2).filter((_, index, all) => !VALUES.includes(all[index - 1] ?? ""));
const wanted = words.filter((word) => !word.startsWith("-"));

const MANY_FINISHED = "0,100000,1000000";
/** The history with its own numbers goes into docs/figures.md. */
const isPublished = !isQuick && given("--finished") === undefined;

/** One that prints its own table gives null. */
const PARTS: Record<string, () => Promise<Figure[] | null>> = {
  library: acceptAsLibrary,
  accept: () => acceptOverHttp(isQuick ? [0, 20_000] : [0, 20_000, 100_000]),
  lifecycle: lifeCycles,
  "first-line": requestToFirstLine,
  events: changeToEvent,
  feed: () => feed(isQuick ? 3 : 10),
  ways: () => ways(isQuick ? 2 : 5),
  takeover: () => takeovers(Number(given("--kills") ?? (isQuick ? 5 : 20))),
  freeze,
  reconnect: () => reconnect(isQuick ? 5 : 20),
  memory: () => memoryPerDownload(20_000),
  liveness: () => liveness([0, 10_000]),
  delivery,
  files: () => files(isQuick ? 1 : 3),
  abuse: () => abuse(isQuick ? 3 : 15, given("--carryout")),
  servers: serverLoss,
  scale: () => scale(isQuick),
  export: () =>
    exports(listed("--rows", isQuick ? "20000" : "100000,1000000").map(Number), listed("--formats", "")),
  jobs: () => jobs(isQuick),
  engines: () => engines(isQuick),
  compare: () => compare(given("--carryout") ?? ".", isQuick ? 10 : 40, listed("--of", "")),
  history: () =>
    longHistory(listed("--finished", isQuick ? "0,5000" : MANY_FINISHED).map(Number), isPublished),
};

function listed(option: string, byDefault: string): string[] {
  return (given(option) ?? byDefault).split(",").filter((one) => one !== "");
}

function given(option: string): string | undefined {
  const index = process.argv.indexOf(option);
  return index < 0 ? undefined : process.argv[index + 1];
}

/** They take long, write docs/scale.md, or need Chromium and a build, Swift, PostgreSQL or PgBouncer: only on request. */
const ASKED_FOR = ["scale", "export", "reconnect", "files", "history", "jobs", "ways", "engines", "compare"];

const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  process.stderr.write(`unknown part ${unknown.join(", ")} (available: ${Object.keys(PARTS).join(", ")})\n`);
  process.exitCode = 2;
} else {
  if (!isForProgram)
    process.stdout.write(
      `Node ${process.version}, ${cpus().length} cores, engine ${engine}, ${new Date().toISOString()}\n`,
    );
  for (const [part, measure] of Object.entries(PARTS)) {
    const isWanted = wanted.length === 0 ? !ASKED_FOR.includes(part) : wanted.includes(part);
    if (!isWanted) continue;
    const figures = await measure();
    if (isForProgram) process.stdout.write(`${JSON.stringify(figures)}\n`);
    else if (figures !== null) print(part, figures);
  }
}
