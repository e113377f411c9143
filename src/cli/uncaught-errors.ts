/** @module What nobody catches in a node's process: told, and survived where it is not the node's own fault. */

import { fileURLToPath } from "node:url";
import { isAbort, isCarryoutError } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import { readProperty } from "../text/thrown.ts";

/** Where Carryout's own code lies: `src`, or `dist` once built. */
const OWN_FOLDER = new URL("../", import.meta.url);

/**
 * From here on an unhandled rejection or an uncaught exception of the application's code, or of a library, is logged
 * and ends nothing: it belongs to one request at most. One that comes from Carryout itself leaves the node in a state
 * that nobody foresaw, so it ends the process as it would have without this.
 */
export function surviveUncaughtErrors(log: Log): void {
  const told = (error: unknown, what: string) => {
    // Standard output or error has no reader any more: telling it there would only raise the next one.
    if (readProperty(error, "code") === "EPIPE" && readProperty(error, "syscall") === "write") return;
    if (!isOwn(error)) return log.error({ error }, `${what} in application code`);
    log.error({ error }, `${what} in Carryout itself: this node exits`);
    process.exit(1);
  };
  process.on("uncaughtException", (error, origin) => {
    told(error, origin === "unhandledRejection" ? "unhandled rejection" : "uncaught error");
  });
  process.on("unhandledRejection", (reason) => told(reason, "unhandled rejection"));
}

/**
 * True when it was made in Carryout's own code, and not on purpose: the first call of its stack outside Node lies
 * there. A `CarryoutError` is an answer to a call that the application made.
 */
export function isOwn(error: unknown, folder: URL = OWN_FOLDER): boolean {
  const stack = readProperty(error, "stack");
  if (typeof stack !== "string" || isAbort(error) || isCarryoutError(error)) return false;
  const first = stack.split("\n").find((line) => /^\s+at (?!.*\bnode:)/.test(line)) ?? "";
  return first.includes(folder.href) || first.includes(fileURLToPath(folder));
}
