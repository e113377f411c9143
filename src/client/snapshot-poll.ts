/** @module Polls the list of downloads where something on the way holds event streams back. */

import { type ListPage, pageIn } from "./downloads-api.ts";
import { pageIsVisible } from "./page-absence.ts";
import { jsonOf } from "./problem.ts";
import { backoff, browserTiming, pause, type Timing } from "./timing.ts";
import { isSignInPage, type Viewer, viewerOf } from "./viewer.ts";

export interface SnapshotPollOptions {
  /** URL of the list: `GET` answers `{ downloads }`. */
  url: string;
  /** Called for every valid answer, even if nothing has changed. */
  onAnswer?(): void;
  onSnapshot(page: ListPage, viewer: Viewer): void;
  /** The list is unavailable, for now or because no user is signed in. */
  onFailure(why: "waiting" | "signed-out"): void;
  /** True while something is unfinished: then it polls more often. */
  isBusy(): boolean;
  /** False for a page that is not visible. */
  isVisible?(): boolean;
  timing?: Timing | undefined;
  fetch?: typeof fetch | undefined;
}

const BUSY_MS = 3_000;
const IDLE_MS = 20_000;
const HIDDEN_MS = 60_000;
const MOST_MS = 60_000;
const LONGEST_ANSWER_MS = 10_000;

/** One request at a time, from `start` to `stop`; the first at once. */
export class SnapshotPoll {
  readonly #options: SnapshotPollOptions;
  readonly #timing: Timing;
  #running: AbortController | null = null;
  #pause: AbortController | null = null;
  #question: AbortController | null = null;
  #etag: string | null = null;
  #failures = 0;

  constructor(options: SnapshotPollOptions) {
    this.#options = options;
    this.#timing = options.timing ?? browserTiming;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** True when the last answer was a list. */
  get works(): boolean {
    return this.isRunning && this.#failures === 0 && this.#etag !== null;
  }

  start(): void {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#etag = null;
    this.#failures = 0;
    void this.#run(this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#pause?.abort();
    this.#question?.abort();
  }

  /** Polls at once: there may be changes, or the page is visible again. */
  hurry(): void {
    this.#pause?.abort();
  }

  async #run(running: AbortSignal): Promise<void> {
    while (!running.aborted) {
      const askedForMs = await this.#ask(running);
      if (running.aborted) return;
      this.#pause = new AbortController();
      await pause(this.#timing, Math.max(askedForMs, this.#pauseMs()), this.#pause.signal);
      this.#pause = null;
    }
  }

  #pauseMs(): number {
    const { isBusy, isVisible = pageIsVisible } = this.#options;
    const step = !isVisible() ? HIDDEN_MS : isBusy() ? BUSY_MS : IDLE_MS;
    return backoff(this.#timing, this.#failures, step, Math.max(step, MOST_MS));
  }

  /** Returns how long to wait before the next request according to the server, in milliseconds. */
  async #ask(running: AbortSignal): Promise<number> {
    const question = new AbortController();
    this.#question = question;
    const cancel = this.#timing.after(LONGEST_ANSWER_MS, () => question.abort());
    try {
      const response = await (this.#options.fetch ?? fetch)(this.#options.url, {
        headers: { accept: "application/json", ...(this.#etag && { "if-none-match": this.#etag }) },
        cache: "no-store",
        credentials: "include",
        redirect: "manual",
        signal: question.signal,
      });
      if (running.aborted) return 0;
      if (response.status === 304) {
        this.#failures = 0;
        this.#options.onAnswer?.();
        return 0;
      }
      const page = pageIn(response, await jsonOf(response));
      if (running.aborted) return 0;
      if (page) {
        this.#failures = 0;
        this.#etag = response.headers.get("etag") ?? "";
        this.#options.onSnapshot(page, viewerOf(response));
        this.#options.onAnswer?.();
        return 0;
      }
      this.#fail(response.status === 401 || isSignInPage(response) ? "signed-out" : "waiting");
      return Math.min(MOST_MS, Number(response.headers.get("retry-after") ?? 0) * 1_000 || 0);
    } catch {
      if (!running.aborted) this.#fail("waiting");
      return 0;
    } finally {
      cancel();
    }
  }

  #fail(why: "waiting" | "signed-out"): void {
    this.#failures += 1;
    this.#options.onFailure(why);
  }
}

/** The current list; null when it is unavailable. */
export async function listOf(url: string, send: typeof fetch): Promise<ListPage | null> {
  try {
    const headers = { accept: "application/json" };
    const response = await send(url, {
      headers,
      cache: "no-store",
      credentials: "include",
      redirect: "manual",
    });
    return pageIn(response, await jsonOf(response));
  } catch {
    return null;
  }
}
