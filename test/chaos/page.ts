/** @module An open page: the product's own event stream, on one address, under observation. */

import { EventStream } from "../../src/client/event-stream.ts";
import { isUnfinished, type PublicDownload } from "../../src/client/public-download.ts";
import { decodeMessage } from "../../src/client/stream-message.ts";
import type { Browser } from "./browser.ts";
import { type History, type Lens, type Sighting, short } from "./history.ts";

/** As src/client: the server comments every 2 s while something is unfinished, every 15 s when idle. */
const BUSY_SILENCE_MS = 5_000;
const IDLE_SILENCE_MS = 20_000;
/** Extra time for overdue updates while the connection is alive: a thawed node first sends what was queued. */
const LIVE_ON_MS = 1_500;

/** What another node reported, and this page's stream has to report too. */
interface Expectation {
  id: string;
  done: number;
  state: PublicDownload["state"] | "gone";
  since: number;
  /** When this stream sent something else although this was due; null before. */
  overdueAt: number | null;
}

export class Page {
  /** How long it took from each loss of the connection to the next snapshot, in milliseconds. */
  readonly catchUps: number[] = [];
  readonly #stream: EventStream;
  readonly #history: History;
  readonly #browser: Browser;
  #base: string;
  readonly #elsewhere: () => string;
  readonly #keepUpMs: number;
  #lens: Lens | null = null;
  /** For a connection that has not sent anything yet. */
  #pending: Lens | null = null;
  #lostAt: number | null = null;
  #expectations: Expectation[] = [];
  /** The last state this connection sent of each download: it must not send the same again. */
  readonly #told = new Map<string, PublicDownload>();

  /**
   * `elsewhere` is where the page tries next when its address does not answer; after `keepUpMs` what another node has
   * reported is due here as well.
   */
  constructor(options: {
    history: History;
    browser: Browser;
    base: string;
    elsewhere: () => string;
    keepUpMs: number;
  }) {
    this.#history = options.history;
    this.#browser = options.browser;
    this.#base = options.base;
    this.#elsewhere = options.elsewhere;
    this.#keepUpMs = options.keepUpMs;
    this.#stream = new EventStream({
      url: "/downloads/events",
      fetch: (path, init) => this.#connect(path, init),
      onEvent: (name, data) => this.#take(name, data),
      onStatus: (status) => {
        if (status === "waiting") this.#lose();
      },
      onActivity: () => this.#alive(),
      silenceMs: () => (this.#isBusy() ? BUSY_SILENCE_MS : IDLE_SILENCE_MS),
      wake: () => () => {},
    });
  }

  get base(): string {
    return this.#base;
  }

  open(): void {
    this.#stream.start();
  }

  close(): void {
    this.#stream.stop();
  }

  /** Another node reported something newer than this page knows: this page's stream has to report it as well. */
  expect(id: string, known: Pick<Sighting, "done" | "state"> | "gone"): void {
    if (!this.#lens) return; // after a reconnect the snapshot is checked instead
    const expected = known === "gone" ? { done: 0, state: known } : known;
    const { done, state } = expected;
    const expectation = { id, done, state, since: performance.now(), overdueAt: null };
    const told = this.#told.get(id);
    if (told && state !== "gone" && isAsNew(told, expectation)) return;
    this.#expectations.push(expectation);
  }

  /** Something arrived, even if only a comment: whatever is still overdue was missed. */
  #alive(): void {
    const now = performance.now();
    for (const expected of [...this.#expectations]) {
      if (now - expected.since < this.#keepUpMs) continue;
      expected.overdueAt ??= now;
      if (now - expected.overdueAt < LIVE_ON_MS) continue;
      this.#expectations.splice(this.#expectations.indexOf(expected), 1);
      const { id, done, state, since } = expected;
      const told = `another node told of ${short(id)} ${state} ${done} ${Math.round(now - since)} ms ago`;
      this.#history.violated("a stream keeps up", `${told}, this stream did not (${this.#base})`);
    }
  }

  async #connect(path: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    this.#lens = null;
    const lens = this.#history.lens(`events of ${this.#base}`);
    try {
      const response = await this.#browser.at(this.#base)(path, init);
      if (response.ok) this.#pending = lens;
      else this.#base = this.#elsewhere();
      return response;
    } catch (error) {
      this.#base = this.#elsewhere();
      throw error;
    }
  }

  #take(name: string, data: string): void {
    const message = decodeMessage(name, data);
    if (!message) {
      this.#history.violated("answers are in order", `event ${name}: ${data.slice(0, 200)}`);
      return;
    }
    if (this.#pending) {
      this.#lens = this.#pending;
      this.#pending = null;
      if (message.type !== "snapshot") {
        this.#history.violated(
          "a stream begins with a snapshot",
          `${message.type} came first (${this.#base})`,
        );
      }
      this.#caughtUp();
    }
    if (message.type === "snapshot") this.#lens?.all(message.downloads);
    else if (message.type === "download") this.#lens?.one(message.download);
    else this.#lens?.gone(message.id);
    this.#meet(message);
    this.#remember(message);
    this.#stream.recheck();
  }

  #meet(message: ReturnType<typeof decodeMessage>): void {
    if (this.#expectations.length === 0 || !message) return;
    this.#expectations = this.#expectations.filter((expected) => {
      if (message.type === "removed") return message.id !== expected.id;
      if (message.type === "snapshot") return false;
      const { download } = message;
      if (download.slot !== "default") return true;
      if (download.id !== expected.id) return false; // the slot holds another download now
      return expected.state === "gone" || !isAsNew(download, expected);
    });
  }

  #remember(message: NonNullable<ReturnType<typeof decodeMessage>>): void {
    if (message.type === "removed") this.#told.delete(message.id);
    else if (message.type === "download") this.#told.set(message.download.id, message.download);
    else {
      this.#told.clear();
      for (const download of message.downloads) this.#told.set(download.id, download);
    }
  }

  #lose(): void {
    this.#lens = null;
    this.#expectations = [];
    if (this.#lostAt !== null) return; // another attempt that failed
    this.#lostAt = performance.now();
    this.#history.note(`connection lost (${this.#base})`);
  }

  #caughtUp(): void {
    if (this.#lostAt === null) return;
    const ms = performance.now() - this.#lostAt;
    this.#lostAt = null;
    this.catchUps.push(ms);
    this.#history.note(`connected again after ${Math.round(ms)} ms (${this.#base})`);
  }

  #isBusy(): boolean {
    return [...this.#history.sightings.values()].some((seen) => seen.goneAt === null && isUnfinished(seen));
  }
}

function isAsNew(download: PublicDownload, expected: Expectation): boolean {
  if (!isUnfinished(download)) return true;
  return isUnfinishedState(expected.state) && download.progress.done >= expected.done;
}

function isUnfinishedState(state: Expectation["state"]): boolean {
  return state === "pending" || state === "processing";
}
