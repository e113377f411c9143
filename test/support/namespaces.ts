/** @module Linux network namespaces through `ip`, named after the process that made them to recognise leftovers. */

import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import { isRunning, signal } from "./processes.ts";

const run = promisify(execFile);

const PREFIX = "carryout-test";
const NAMES = /^carryout-test-(\d+)-/;
const FOLDERS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
/** Where `ip` stores the names. */
const NAMED = "/run/netns";

/** The path of `ip`, or null. */
export function ipProgram(): string | null {
  return FOLDERS.map((folder) => `${folder}/ip`).find((path) => existsSync(path)) ?? null;
}

/** Runs `ip` with these arguments; returns its output. */
export async function ip(words: string): Promise<string> {
  const { stdout } = await run(ipProgram() ?? "ip", words.split(" "));
  return stdout;
}

/** A prefix for the names of one test's namespaces. */
export function namespacePrefix(): string {
  return `${PREFIX}-${process.pid}-${Math.floor(Math.random() * 2 ** 24).toString(36)}`;
}

/** Creates a namespace in which only loopback is up. */
export async function addNamespace(name: string): Promise<void> {
  await ip(`netns add ${name}`);
  await ip(`-n ${name} link set lo up`);
}

/** Kills what still runs in the namespace, and removes it with all its network cards. */
export async function removeNamespace(name: string): Promise<void> {
  const pids = (await ip(`netns pids ${name}`)).split("\n").filter((line) => line !== "");
  for (const pid of pids) signal(Number(pid), "SIGKILL");
  await ip(`netns del ${name}`);
}

/** Removes the namespaces of tests that died before they could. */
export async function removeLeftNamespaces(): Promise<void> {
  const names = existsSync(NAMED) ? readdirSync(NAMED) : [];
  for (const name of names) {
    const pid = NAMES.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Another test may be doing the same.
    await removeNamespace(name).catch((error: Error) => {
      if (existsSync(`${NAMED}/${name}`)) throw error;
    });
  }
}
