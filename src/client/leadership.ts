/** @module Which of a browser's tabs reads the event stream for all of them. */

import { backoff, type Timing } from "./timing.ts";

/** If several tabs lead for a moment, each shows correct data, and all but one give up. */
export interface Leadership {
  /** Wants to lead from now on, until `stop`. */
  start(): void;
  /** Gives up leadership and does not claim it again. */
  stop(): void;
  /** The leader seems frozen or gone: takes over leadership. */
  usurp(): void;
  /** Another tab announced that it leads. */
  hear(rank: number): void;
  /** The leading tab has closed. */
  vacant(): void;
  /** The rank in this tab's messages while it leads. */
  readonly rank: number;
}

export interface LeadershipOptions {
  /** The same in all tabs that share. */
  name: string;
  timing: Timing;
  onLead(): void;
  onLost(): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Uses a Web Lock, which the browser passes on at once when a tab is closed or crashes. */
export class LockLeadership implements Leadership {
  readonly rank = 0;
  readonly #options: LeadershipOptions & { onRefused(): void };
  #session: AbortController | null = null;
  #release: (() => void) | null = null;
  #losses = 0;
  #cancelPause = () => {};

  /** `onRefused`: the browser grants this page no locks, for example because site data is blocked. */
  constructor(options: LeadershipOptions & { onRefused(): void }) {
    this.#options = options;
  }

  start(): void {
    if (this.#session) return;
    this.#session = new AbortController();
    this.#queue(this.#session.signal, false);
  }

  stop(): void {
    this.#session?.abort();
    this.#session = null;
    this.#cancelPause();
    this.#giveUp();
  }

  usurp(): void {
    if (this.#session && !this.#release) this.#queue(this.#session.signal, true);
  }

  hear(): void {}

  vacant(): void {}

  /** Asks for the lock and leads while holding it. With `steal`, the current holder loses it at once. */
  #queue(session: AbortSignal, steal: boolean): void {
    let led = false;
    const held = () =>
      new Promise<void>((release) => {
        if (session.aborted || this.#release) return release();
        led = true;
        this.#release = release;
        this.#options.onLead();
      });
    navigator.locks.request(this.#options.name, steal ? { steal } : { signal: session }, held).catch(() => {
      if (session.aborted) return;
      if (!led) return this.#options.onRefused();
      // Another tab presumed this one frozen. Pause, or two tabs could steal the lock from each other endlessly.
      this.#giveUp();
      const ms = backoff(this.#options.timing, this.#losses++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
      this.#cancelPause = this.#options.timing.after(ms, () => this.#queue(session, false));
    });
  }

  #giveUp(): void {
    const release = this.#release;
    this.#release = null;
    if (!release) return;
    this.#options.onLost();
    release();
  }
}

/** How long a new tab listens for a leader, plus a random fraction of it. */
const LISTEN_MS = 150;

/**
 * Uses messages between the tabs, for pages without Web Locks, such as those without TLS. A tab that hears no leader
 * becomes one; of two, the one with the higher rank stays.
 */
export class ChannelLeadership implements Leadership {
  readonly #options: LeadershipOptions;
  #rank = 0;
  #highest = 0;
  #leads = false;
  #wants = false;
  #cancelListening = () => {};

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get rank(): number {
    return this.#rank;
  }

  start(): void {
    this.#wants = true;
    this.vacant();
  }

  stop(): void {
    this.#wants = false;
    this.#cancelListening();
    this.#giveUp();
  }

  usurp(): void {
    if (!this.#wants || this.#leads) return;
    this.#cancelListening();
    this.#rank = Math.floor(this.#highest) + 1 + this.#options.timing.random();
    this.#leads = true;
    this.#options.onLead();
  }

  hear(rank: number): void {
    this.#highest = Math.max(this.#highest, rank);
    if (this.#leads && rank < this.#rank) return;
    this.#cancelListening();
    this.#giveUp();
  }

  vacant(): void {
    this.#cancelListening();
    if (!this.#wants || this.#leads) return;
    const ms = LISTEN_MS * (1 + this.#options.timing.random());
    this.#cancelListening = this.#options.timing.after(ms, () => this.usurp());
  }

  #giveUp(): void {
    if (!this.#leads) return;
    this.#leads = false;
    this.#options.onLost();
  }
}
