/** @module Runs the `carryout` command as a separate process in its own folder. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Anything with an `after` hook: a test, or a suite that collects clean-up work. */
export interface Owner {
  after(end: () => Promise<void>): void;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running command. Tests wait for its output. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #listeners = new Set<() => void>();

  constructor(words: readonly string[], options: { cwd: string; env?: Record<string, string> }) {
    const env = { ...process.env, ...options.env };
    // The test runner's own channel must not be passed on to the command.
    delete env.NODE_TEST_CONTEXT;
    this.child = spawn(process.execPath, [MAIN, ...words], {
      cwd: options.cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.ended = once(this.child, "close").then(([code, signal]) => {
      this.#changed();
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Resolves when its output matches; rejects when it ends without a match. */
  async until(pattern: RegExp, from: "stdout" | "stderr" = "stdout"): Promise<RegExpExecArray> {
    let end: Ended | null = null;
    void this.ended.then((ended) => {
      end = ended;
    });
    for (;;) {
      const found = pattern.exec(this[from]);
      if (found) return found;
      if (end) throw new Error(`ended without ${pattern}: ${JSON.stringify(end)}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  #changed(): void {
    for (const listener of this.#listeners) queueMicrotask(listener);
    this.#listeners.clear();
  }
}

/** Runs a command to completion. */
export function carryout(
  words: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Ended> {
  return new RunningCommand(words, options).ended;
}

/** A folder that is removed after the test. */
export async function folderFor(owner: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "carryout-cli-"));
  owner.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Starts a command, and ends it when the test ends in any way. */
export function running(
  owner: Owner,
  words: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): RunningCommand {
  const command = new RunningCommand(words, options);
  owner.after(async () => {
    command.kill("SIGTERM");
    const killer = setTimeout(() => command.kill("SIGKILL"), 15_000);
    await command.ended;
    clearTimeout(killer);
  });
  return command;
}
