/** @module A process that is restarted two seconds after it ends for any reason. */

import { type ChildProcess, spawn } from "node:child_process";
import { findProgram } from "../system-programs.mjs";

export interface Program {
  /** Display name: `n1`, `nats-2`, `nginx`. */
  readonly name: string;
  readonly words: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A file descriptor for all its output; "inherit" passes its standard error on. */
  readonly output: number | "inherit";
  /** Where it listens. */
  readonly address: string;
  /** Whether it serves now; an error means no. */
  isReady(): Promise<boolean>;
  /** What ends it cleanly. Default SIGTERM. */
  readonly stopSignal?: "SIGINT" | "SIGTERM";
  /** The user that it runs as, if not this one. */
  readonly account?: Account;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const RESTART_MS = 2_000;
const LOOK_MS = 50;
/** Time for a clean shutdown before it is killed. */
const GRACE_MS = 8_000;
/** After this many exits without ever having served, it is considered unable to run. */
const HOPELESS = 3;

/** Reports each event in one line. */
export type Tell = (name: string, event: string) => void;

export class KeptProcess {
  readonly program: Program;
  /** Resolves when it serves for the first time; rejects when it can't be started. */
  readonly ready: Promise<void>;
  readonly #tell: Tell;
  readonly #ready = Promise.withResolvers<void>();
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | null = null;
  #isStopping = false;
  #hasServed = false;
  #ends = 0;

  constructor(program: Program, tell: Tell) {
    this.program = program;
    this.#tell = tell;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // callers that await it still get the error
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  start(): void {
    if (this.#isStopping) return;
    const { env, output, account } = this.program;
    const [program, ...parameters] = boundToUs(this.program);
    // In its own session: Ctrl-C goes to this process, which stops all in order, and leftovers can be killed with it.
    const child = spawn(program, parameters, {
      env: { ...process.env, ...env },
      stdio: ["ignore", output === "inherit" ? "ignore" : output, output],
      detached: true,
      ...(program === this.program.words[0] && account),
    });
    this.#child = child;
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.promise;
    child.once("error", (error) => {
      if (child.pid === undefined) this.#over(child, error.message);
      ended.resolve();
    });
    child.once("exit", (code, signal) => {
      kill(-(child.pid as number), "SIGKILL");
      this.#over(child, `exited (${signal ?? `exit code ${code}`})`);
      ended.resolve();
    });
    void this.#watchStart(child);
  }

  /** Resolves when none of its processes are left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    if (!this.#child?.pid) return;
    kill(this.#child.pid, this.program.stopSignal ?? "SIGTERM");
    const killer = setTimeout(() => this.kill(), GRACE_MS);
    await this.#ended;
    clearTimeout(killer);
  }

  kill(): void {
    if (!this.#child?.pid) return;
    this.#tell(this.program.name, "did not exit in time: killed");
    kill(-this.#child.pid, "SIGKILL");
  }

  async #watchStart(child: ChildProcess): Promise<void> {
    while (this.#child === child) {
      if (await this.program.isReady().catch(() => false)) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (this.#child !== child) return;
    if (this.#hasServed) this.#tell(this.program.name, `serves again, pid ${child.pid}`);
    this.#hasServed = true;
    this.#ready.resolve();
  }

  #over(child: ChildProcess, how: string): void {
    this.#child = null;
    if (this.#isStopping) return;
    const { name } = this.program;
    if (!this.#hasServed && ++this.#ends === HOPELESS) {
      this.#ready.reject(new Error(`${name} can't be started: it ${how} ${HOPELESS} times`));
      return;
    }
    this.#tell(name, `${how}, pid ${child.pid ?? "none"}; starts again in ${RESTART_MS / 1_000} s`);
    this.#restart = setTimeout(() => this.start(), RESTART_MS);
  }
}

/** On Linux the kernel signals the child when this process dies, even if it is killed. */
function boundToUs({ words, stopSignal = "SIGTERM", account }: Program): [string, ...string[]] {
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : null;
  if (setpriv === null) return [...words];
  // Changing the user afterwards would undo the binding.
  const user = account
    ? ["--reuid", String(account.uid), "--regid", String(account.gid), "--clear-groups"]
    : [];
  return [setpriv, ...user, "--pdeathsig", stopSignal.slice("SIG".length), "--", ...words];
}

/** A negative id means the whole process group. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
