/** @module Uncaught errors in a node's process: logged, and survived unless they are Carryout's own. */

import { fileURLToPath } from "node:url";
import { isAbort, isCarryoutError } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";
import { readProperty } from "../text/thrown.ts";

/** The folder of Carryout's own code: `src`, or `dist` once built. */
const OWN_FOLDER = new URL("../", import.meta.url);

/**
 * From here on an unhandled rejection or an uncaught exception of the application's code, or of a library, is logged
 * and ends nothing: it concerns one request at most. One from Carryout itself leaves the node in an unknown state, so
 * it ends the process as it would by default.
 */
export function surviveUncaughtErrors(log: Log): void {
  const told = (error: unknown, what: string) => {
    // Standard output or error has no reader any more: logging it would only raise another error.
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
 * True if it was thrown by Carryout's own code unintentionally: the first call of its stack outside Node is there. A
 * `CarryoutError` is the answer to a call that the application made.
 */
export function isOwn(error: unknown, folder: URL = OWN_FOLDER): boolean {
  const stack = readProperty(error, "stack");
  if (typeof stack !== "string" || isAbort(error) || isCarryoutError(error)) return false;
  const first = stack.split("\n").find((line) => /^\s+at (?!.*\bnode:)/.test(line)) ?? "";
  return first.includes(folder.href) || first.includes(fileURLToPath(folder));
}
