/** @module A connection to another process's port, re-established as long as that process is considered alive. */

import { connect, type Socket } from "node:net";
import type { Cancel, Clock } from "../../ports/clock.ts";
import { jittered } from "../../ports/retry.ts";
import { readHello, readNotes } from "./hello.ts";

/** Time to connect and receive the hello. */
const ATTEMPT_MS = 1_000;
/** Delay between rounds over all addresses: none after a break, then growing. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 10_000;
/** A connection that breaks sooner is not re-established at once. */
const STOOD_MS = 1_000;
/** After this silence the system asks whether the other machine is still there. */
const KEEPALIVE_MS = 10_000;

/** "gone" counts only at the address where the process was reached before; elsewhere it proves nothing. */
export type LifelineState = "connecting" | "up" | "gone";

export interface LifelineOptions {
  incarnation: string;
  /** Tried in this order, but first where the process was reached before. */
  addresses: readonly string[];
  port: number;
  clock: Clock;
  /** Called after every change of the state. */
  onChange: (state: LifelineState) => void;
  /** Called with each note of the process. Without it, a listener that sends more than its hello is disconnected. */
  onNote?: ((note: string) => void) | undefined;
}

/**
 * Starts as "connecting", and returns to it when the connection breaks, which proves nothing. "gone": at the address
 * where the process was reached nothing listens any more, or another incarnation does. Keeps no process alive.
 */
export class Lifeline {
  readonly #options: LifelineOptions;
  #state: LifelineState = "connecting";
  /** Where the process was reached. */
  #proven: string | null = null;
  #socket: Socket | null = null;
  #timer: Cancel | null = null;
  #failures = 0;
  #upSince = 0;
  #closed = false;

  constructor(options: LifelineOptions) {
    this.#options = options;
    void this.#connect();
  }

  get state(): LifelineState {
    return this.#state;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.();
    this.#socket?.destroy();
  }

  /** One round over the addresses. */
  async #connect(): Promise<void> {
    const { addresses } = this.#options;
    const proven = this.#proven;
    for (const address of new Set([...(proven === null ? [] : [proven]), ...addresses])) {
      const result = await this.#dial(address);
      if (this.#closed || result === "up") return;
      if (address === proven && result === "gone") {
        this.#change("gone");
        break;
      }
    }
    if (!this.#closed) this.#pause();
  }

  #pause(): void {
    const { clock } = this.#options;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#timer = clock.after(jittered(clock, pauseMs), () => void this.#connect());
  }

  /** Resolves when the hello has arrived, or with what happened instead. Keeps an established connection open. */
  #dial(host: string): Promise<"up" | "gone" | "failed"> {
    const { port, clock } = this.#options;
    return new Promise((resolve) => {
      let outcome: "up" | "gone" | "failed" = "failed";
      let heard: Buffer = Buffer.alloc(0);
      const socket = open(host, port);
      if (socket === null) return resolve("failed");
      this.#socket = socket;
      socket.unref();
      const giveUp = clock.after(ATTEMPT_MS, () => socket.destroy());
      socket.on("error", (error: NodeJS.ErrnoException) => {
        if (outcome !== "up" && error.code === "ECONNREFUSED") outcome = "gone";
      });
      socket.on("data", (bytes) => {
        heard = Buffer.concat([heard, bytes]);
        if (outcome !== "up") {
          const hello = readHello(heard);
          if (hello === null) return;
          if (hello === "foreign" || hello.incarnation !== this.#options.incarnation) {
            outcome = "gone";
            return socket.destroy();
          }
          outcome = "up";
          heard = hello.rest;
          giveUp();
          this.#found(host);
          resolve(outcome);
        }
        const rest = this.#takeNotes(heard);
        if (rest === null) return socket.destroy();
        heard = rest;
      });
      socket.on("close", () => {
        giveUp();
        if (outcome === "up") this.#broken();
        resolve(outcome);
      });
    });
  }

  /** What is left of what was received, or null if no such data may come. */
  #takeNotes(bytes: Buffer): Buffer | null {
    const { onNote } = this.#options;
    if (bytes.length === 0) return bytes;
    const read = onNote && !this.#closed ? readNotes(bytes) : null;
    for (const note of read?.notes ?? []) onNote?.(note);
    return read?.rest ?? null;
  }

  #found(host: string): void {
    this.#proven = host;
    this.#upSince = this.#options.clock.monotonic();
    this.#change("up");
  }

  #broken(): void {
    if (this.#closed) return;
    this.#change("connecting");
    const stoodMs = this.#options.clock.monotonic() - this.#upSince;
    if (stoodMs >= STOOD_MS) {
      this.#failures = 0;
      void this.#connect();
    } else this.#pause();
  }

  #change(state: LifelineState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    this.#options.onChange(state);
  }
}

/** Null for an invalid address, since it came from another process. */
function open(host: string, port: number): Socket | null {
  try {
    return connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
  } catch {
    return null;
  }
}
