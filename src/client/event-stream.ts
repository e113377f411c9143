/**
 * @module Reads server-sent events with `fetch`, so that comments count as signs of life, and reconnects automatically.
 *
 * `EventSource` hides comments: with it a connection that died silently (sleep, a lost network, a frozen node)
 * looks open for minutes.
 */

import { EventParser, type StreamItem } from "./server-events.ts";
import { backoff, browserTiming, pause, type Timing } from "./timing.ts";
import { isSignInPage } from "./viewer.ts";
import { onWake, type WakeHandler } from "./wake.ts";

/**
 * `waiting` from a loss until it is open again. `signed-out`: the server no longer recognises the user (401), or a
 * sign-in page answers in its place; the next attempt is at the next wake-up. `stopped` is final: the server ended it
 * (204), or `stop` was called.
 */
export type StreamStatus = "connecting" | "open" | "waiting" | "signed-out" | "stopped";

export interface EventStreamOptions {
  url: string;
  onEvent(name: string, data: string): void;
  onStatus?(status: StreamStatus): void;
  /** Called with each answer that is an event stream, before its first event. */
  onOpen?(response: Response): void;
  /** Called when a connection has ended; `heard` tells whether it brought an event. */
  onEnd?(heard: boolean): void;
  /** Called for everything that arrives, comments included. */
  onActivity?(): void;
  /** Silence in milliseconds after which the connection is given up; called again whenever something arrives. */
  silenceMs(): number;
  /** The longest pause between two attempts, in milliseconds. Default: 10 s. */
  longestPauseMs?(): number;
  timing?: Timing | undefined;
  fetch?: typeof fetch | undefined;
  wake?: ((handler: WakeHandler) => () => void) | undefined;
}

const LONGEST_PAUSE_MS = 10_000;
/** A connection that ends sooner may be one that something on the way cuts. */
const LASTING_MS = 3_000;
/** A single page instead of the stream may come from a server that is just starting. */
const SIGN_IN_PAGES = 2;
const LONGEST_CONNECT_MS = 10_000;

/** One connection at a time, from `start` to `stop`. */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #timing: Timing;
  #running: AbortController | null = null;
  #connection: AbortController | null = null;
  #pause: AbortController | null = null;
  #cancelWatchdog = () => {};
  #lastActivity = 0;
  #open = false;
  #openedAt = 0;
  #lost = false;
  #skipPause = false;
  #failures = 0;
  #signInPages = 0;
  #heard = false;
  #retryMs = 1_000;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#timing = options.timing ?? browserTiming;
  }

  /** Connects, and stays connected until `stop`. A second call does nothing. */
  start(): void {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    const sleep = (this.#options.wake ?? onWake)((certain) => this.#wake(certain));
    running.signal.addEventListener("abort", sleep, { once: true });
    void this.#run(running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#connection?.abort();
    this.#pause?.abort();
  }

  /** Re-evaluates the allowed silence; call it when that may have become shorter. */
  recheck(): void {
    if (this.#connection) this.#watch();
  }

  /** Drops the connection, if there is one, and connects at once: the next one may be another user's. */
  reconnect(): void {
    if (this.#pause) this.#pause.abort();
    else if (this.#connection) {
      this.#skipPause = true;
      this.#connection.abort();
    }
  }

  async #run(running: AbortSignal): Promise<void> {
    while (!running.aborted) {
      const end = await this.#connect(running);
      if (end === "final" || running.aborted) break;
      this.#options.onEnd?.(this.#heard);
      if (end === "signed-out") {
        this.#status("signed-out");
        await this.#untilWoken();
        continue;
      }
      if (this.#skipPause) {
        this.#skipPause = false;
        continue;
      }
      this.#lost = true;
      this.#status("waiting");
      this.#pause = new AbortController();
      await pause(this.#timing, this.#pauseMs(), this.#pause.signal);
      this.#pause = null;
    }
    if (!running.aborted) this.stop();
    this.#status("stopped");
  }

  /**
   * Short after a connection that had lasted: its node is gone, and another one serves. Else it grows, for a server that
   * does not serve now.
   */
  #pauseMs(): number {
    const lastedMs = this.#open ? this.#timing.now() - this.#openedAt : 0;
    if (this.#heard && lastedMs >= LASTING_MS) return (this.#timing.random() * this.#retryMs) / 2;
    const longest = this.#options.longestPauseMs?.() ?? LONGEST_PAUSE_MS;
    return backoff(this.#timing, this.#failures++, this.#retryMs, longest);
  }

  async #untilWoken(): Promise<void> {
    const pausing = new AbortController();
    this.#pause = pausing;
    await new Promise((resolve) => pausing.signal.addEventListener("abort", resolve, { once: true }));
    this.#pause = null;
  }

  /** One connection from start to end. `lost` if it makes sense to reconnect. */
  async #connect(running: AbortSignal): Promise<"lost" | "signed-out" | "final"> {
    const connection = new AbortController();
    this.#connection = connection;
    this.#open = false;
    this.#heard = false;
    if (!this.#lost) this.#status("connecting");
    this.#alive();
    try {
      const response = await (this.#options.fetch ?? fetch)(this.#options.url, {
        headers: { accept: "text/event-stream" },
        cache: "no-store",
        // Cookies also for an API on another origin, which then has to trust the page's.
        credentials: "include",
        redirect: "manual",
        signal: connection.signal,
      });
      if (response.status === 204) return "final";
      if (response.status === 401) return "signed-out";
      this.#signInPages = isSignInPage(response) ? this.#signInPages + 1 : 0;
      if (this.#signInPages >= SIGN_IN_PAGES) return "signed-out";
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
      if (response.ok && isStream && response.body) {
        this.#options.onOpen?.(response);
        await this.#read(response.body, running);
      } else await response.body?.cancel();
    } catch {
      // A lost connection is expected here: a pause and another attempt follow.
    } finally {
      connection.abort();
      this.#connection = null;
      this.#cancelWatchdog();
    }
    return "lost";
  }

  async #read(body: ReadableStream<Uint8Array>, running: AbortSignal): Promise<void> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    this.#open = true;
    this.#openedAt = this.#timing.now();
    this.#lost = false;
    this.#status("open");
    while (true) {
      const { done, value } = await reader.read();
      if (done || running.aborted) return;
      for (const item of parser.push(decoder.decode(value, { stream: true }))) this.#take(item);
      this.#alive();
    }
  }

  #take(item: StreamItem): void {
    if (item.type === "retry") this.#retryMs = Math.min(Math.max(item.ms, 100), LONGEST_PAUSE_MS);
    if (item.type !== "event") return;
    this.#failures = 0;
    this.#heard = true;
    this.#options.onEvent(item.name, item.data);
  }

  #alive(): void {
    this.#lastActivity = this.#timing.now();
    if (this.#open) this.#options.onActivity?.();
    this.#watch();
  }

  #watch(): void {
    this.#cancelWatchdog();
    const left = this.#allowedMs() - (this.#timing.now() - this.#lastActivity);
    this.#cancelWatchdog = this.#timing.after(Math.max(0, left), () => this.#connection?.abort());
  }

  #allowedMs(): number {
    const silenceMs = this.#options.silenceMs();
    return this.#open ? silenceMs : Math.min(silenceMs, LONGEST_CONNECT_MS);
  }

  #wake(certain: boolean): void {
    this.#failures = 0;
    if (this.#pause) {
      this.#pause.abort();
      return;
    }
    const silent = this.#timing.now() - this.#lastActivity;
    // Timers stand still while a machine sleeps: the watchdog may be long overdue.
    if (!this.#connection || (!certain && silent <= this.#allowedMs())) return;
    this.#skipPause = true;
    this.#connection.abort();
  }

  #status(status: StreamStatus): void {
    this.#options.onStatus?.(status);
  }
}
