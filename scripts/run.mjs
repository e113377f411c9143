/** @module Runs a command on Node 24 whatever Node this is, passes signals on, and ends as it ends. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { node24, top } from "./setup.mjs";

const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Resolves with the exit code. The child has a channel to this process, which closes however this process ends:
 * that is how the child can notice that nobody is left to stop it.
 */
export function runOnNode24(words, { channel = false } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ["inherit", "inherit", "inherit", ...(channel ? ["ipc"] : [])];
    const child = spawn(node24(), words, { cwd: top, stdio });
    for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
