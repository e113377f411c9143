/** @module A program with all processes that it starts: one group, which ends when its parent does. */

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { systemClock } from "../clock/system.ts";
import { ExternalError } from "./external-error.ts";

/** Where the program writes its progress. */
export const PROGRESS_FD = 3;
/** Closed by this process or by its death: the guard then ends the group. */
const LIFELINE_FD = 4;
/** Identifies the processes of one program even after they left its group. */
const MARKER = "RUN_BY_CARRYOUT";
/** Time between asking the program to stop and killing it. An executor gives a run 200 ms after its signal. */
const GRACE_MS = 100;
/** In case the guard itself was killed or blocked. */
const GUARD_MS = 5_000;

/**
 * The shell becomes the program; before that it forks a guard into the group. When the lifeline ends, the guard kills
 * all processes with the marker (where there is /proc) until two consecutive scans have found none, as a process has no
 * environment while it executes another program; then it kills its group and itself. It was forked before the marker
 * was exported, so it does not find itself.
 */
const SCRIPT = `
marker=$1; shift
trap '' HUP INT TERM
(
  read -r _
  PATH=/usr/bin:/bin
  empty=0
  for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
    found=$(grep -lsF -e "${MARKER}=$marker" /proc/[0-9]*/environ)
    for each in $found; do each=\${each#/proc/}; kill -s KILL "\${each%/environ}"; done
    [ -z "$found" ] || { empty=0; continue; }
    empty=$((empty + 1))
    [ "$empty" -lt 2 ] || break
    sleep 0.02
  done
  kill -s KILL 0
) <&${LIFELINE_FD} >/dev/null 2>&1 ${PROGRESS_FD}>&- ${LIFELINE_FD}>&- &
trap - HUP INT TERM
${MARKER}=$marker
export ${MARKER}
exec "$@" ${LIFELINE_FD}<&-
`;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class ProgramGroup {
  /**
   * Resolves when the program has ended; processes that it started may still run. Rejects when it could not be started.
   */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #lifeline: Duplex;
  #ending: Promise<void> | null = null;

  /** `program` is a path; no shell reads the arguments. */
  constructor(
    program: string,
    args: readonly string[],
    options: { env: Record<string, string>; cwd: string | undefined },
  ) {
    this.#child = start([program, ...args], options);
    this.#lifeline = this.#child.stdio[LIFELINE_FD] as Duplex;
    for (const stream of this.#child.stdio) stream?.on("error", () => {});
    this.#lifeline?.resume();
    this.exited = new Promise((resolve, reject) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
      this.#child.once("error", (error) => reject(notStarted(error)));
    });
    this.exited.catch(() => {});
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  get stderr(): Readable {
    return this.#child.stderr as Readable;
  }

  get progress(): Readable {
    return this.#child.stdio[PROGRESS_FD] as Readable;
  }

  /** Ends all of it: with SIGTERM first, then with SIGKILL. Resolves when no process is left. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const gone = this.exited.then(
      () => {},
      () => {},
    );
    if (this.#child.pid === undefined) return gone;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#signal("SIGTERM");
      await within(GRACE_MS, gone);
    }
    const isGuarded = !this.#lifeline.destroyed;
    const guardGone = new Promise<void>((resolve) => this.#lifeline.once("close", resolve));
    this.#lifeline.end();
    const isEnded = isGuarded && (await within(GUARD_MS, guardGone));
    // The guard had been killed, or was blocked.
    if (!isEnded) this.#signal("SIGKILL");
    await gone;
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  #signal(name: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid as number), name);
    } catch {
      // The whole group has ended.
    }
  }
}

function start(words: string[], { env, cwd }: { env: Record<string, string>; cwd: string | undefined }) {
  if (process.platform === "win32") {
    throw new ExternalError("program-missing", "programs can be run on Linux and macOS, not on Windows", {
      retriable: false,
    });
  }
  try {
    return spawn("/bin/sh", ["-c", SCRIPT, "sh", systemClock.id(), ...words], {
      detached: true,
      env,
      ...(cwd !== undefined && { cwd }),
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    throw notStarted(error);
  }
}

function notStarted(cause: unknown): ExternalError {
  const { code } = cause as { code?: unknown };
  return new ExternalError(
    "program-failed",
    `the program could not be started (${String(code)}): cwd must exist, the arguments must not be too long`,
    {
      // Arguments that are too long will stay so; but the system may be able to create a process later.
      retriable: code !== "E2BIG" && code !== "ENOENT",
      cause,
    },
  );
}

/** Whether it finished within that time. */
async function within(ms: number, done: Promise<void>): Promise<boolean> {
  const enough = new AbortController();
  const isDone = await Promise.race([
    done.then(() => true),
    systemClock.sleep(ms, enough.signal).then(() => false),
  ]);
  enough.abort();
  return isDone;
}
