#!/usr/bin/env node
/** @module The `carryout` command. Nothing is imported before the version check, since an old Node would fail on it. */

const LEAST_NODE = 24;

if (Number(process.versions.node.split(".")[0]) < LEAST_NODE) {
  process.stderr.write(`carryout needs Node ${LEAST_NODE} or newer, this is ${process.version}\n`);
  process.exit(1);
}

const { runCommandLine } = await import("./program.ts");
process.exit(await runCommandLine(process.argv.slice(2)));

export {};
