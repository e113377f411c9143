/** @module Runs a command on Node 24 whatever Node this is, passes signals on, and ends as it ends. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { node24, top } from "./setup.mjs";

const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"];
const LOOK_MS = 250;

/** Resolves with the exit code. However this process ends, the child is told to end as well, or notices. */
export function runOnNode24(words) {
  return new Promise((resolve, reject) => {
    // A child that listens for "disconnect" on its channel learns of our end even when we are killed.
    const child = spawn(node24(), words, { cwd: top, stdio: ["inherit", "inherit", "inherit", "ipc"] });
    const passOn = (signal) => child.kill(signal);
    for (const signal of PASSED_ON) process.on(signal, passOn);
    const watch = whenOrphaned(() => passOn("SIGTERM"));
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** npm that is killed takes nobody with it: all we see of it is another parent. Others may want us to go on. */
function whenOrphaned(callback) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    callback();
  }, LOOK_MS);
  return watch;
}
