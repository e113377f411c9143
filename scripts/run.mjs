/** @module Runs a command on Node 24 from any version of Node, passes signals on, and exits with its status. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { node24, top } from "./setup.mjs";

const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"];
const LOOK_MS = 250;

/** Resolves with the exit code. However this process ends, the child is told to end as well, or notices it. */
export function runOnNode24(words) {
  return new Promise((resolve, reject) => {
    // A child that listens for "disconnect" on its channel notices even if this process is killed.
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

/** Killing npm does not kill its children: they only get a new parent. Other parents may want this process to go on. */
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
