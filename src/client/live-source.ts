/**
 * @module Updates about this user's downloads by whatever works: an event stream, or polling where a proxy or a virus
 * scanner holds streams back until they end.
 */

import { EventStream, type StreamStatus } from "./event-stream.ts";
import { isUnfinished } from "./public-download.ts";
import { listOf, SnapshotPoll } from "./snapshot-poll.ts";
import { askedAt, decodeMessage, endOfSnapshot, type StreamMessage } from "./stream-message.ts";
import type { Timing } from "./timing.ts";
import { viewerOf } from "./viewer.ts";
import { onWake, type WakeHandler } from "./wake.ts";

export interface LiveSourceOptions {
  /** URL of the event stream; that of the list is the part before `/events`. */
  url: string;
  onMessage(message: StreamMessage): void;
  onStatus(status: StreamStatus): void;
  /** The user whose messages follow; null for no user. */
  onViewer(tag: string | null): void;
  /** Called for everything that arrives. */
  onActivity?(): void;
  silenceMs(): number;
  /** True while something is unfinished. */
  isBusy(): boolean;
  timing?: Timing | undefined;
  fetch?: typeof fetch | undefined;
  wake?: ((handler: WakeHandler) => () => void) | undefined;
}

/** Consecutive connections that delivered nothing. A single one may be due to a node that was just lost. */
const MUTE_CONNECTIONS = 2;
/** While polling works, streams are retried less often. */
const LONGEST_PAUSE_MS = 120_000;

/** Runs one of them at a time, except while a stream is retried, from `start` to `stop`. */
export class LiveSource {
  readonly #options: LiveSourceOptions;
  readonly #stream: EventStream;
  readonly #poll: SnapshotPoll;
  #mute = 0;
  /** Ids removed while the list is being fetched; null while it is not. */
  #removed: Set<string> | null = null;
  #sleep = () => {};

  constructor(options: LiveSourceOptions) {
    this.#options = options;
    this.#stream = new EventStream({
      ...options,
      longestPauseMs: () => (this.#poll.works ? LONGEST_PAUSE_MS : 10_000),
      onOpen: (response) => options.onViewer(viewerOf(response).tag),
      onEvent: (name, data) => this.#hear(name, data),
      onEnd: (heard) => this.#count(heard),
      onStatus: (status) => this.#statusIs(status),
    });
    this.#poll = new SnapshotPoll({
      ...options,
      url: this.#listUrl,
      onFailure: (why) => options.onStatus(why),
      onSnapshot: ({ downloads, next }, viewer) => {
        options.onViewer(viewer.tag);
        options.onMessage({ type: "snapshot", downloads, hasMore: next !== null });
      },
      onAnswer: () => {
        options.onStatus("open");
        options.onActivity?.();
      },
    });
  }

  start(): void {
    this.#mute = 0;
    this.#sleep();
    this.#sleep = (this.#options.wake ?? onWake)(() => this.#poll.hurry());
    this.#stream.start();
  }

  stop(): void {
    this.#removed = null;
    this.#sleep();
    this.#poll.stop();
    this.#stream.stop();
  }

  /** Call it when the allowed silence has become shorter. */
  recheck(): void {
    this.#stream.recheck();
    this.#poll.hurry();
  }

  /** Starts over: the user may have changed. */
  reconnect(): void {
    if (this.#poll.isRunning) this.#poll.hurry();
    else this.#stream.reconnect();
  }

  #hear(name: string, data: string): void {
    this.#mute = 0;
    if (this.#poll.isRunning) {
      this.#poll.stop();
      this.#options.onStatus("open");
    }
    const message = decodeMessage(name, data);
    if (message) this.#options.onMessage(message);
    if (message?.type === "removed") this.#removed?.add(message.id);
    const end = message?.type === "snapshot" ? endOfSnapshot(message.downloads) : null;
    if (end !== null) void this.#askForOlder(end);
  }

  /** The result is discarded if the stream ends meanwhile: the next one has a snapshot too. */
  async #askForOlder(end: number): Promise<void> {
    const removed = new Set<string>();
    this.#removed = removed;
    const page = await listOf(this.#listUrl, this.#options.fetch ?? fetch);
    if (!page || this.#removed !== removed) return;
    this.#removed = null;
    const older = page.downloads.filter(
      (download) => !isUnfinished(download) && askedAt(download) < end && !removed.has(download.id),
    );
    this.#options.onMessage({ type: "older", downloads: older, hasMore: page.next !== null });
  }

  get #listUrl(): string {
    return this.#options.url.replace(/\/events$/, "");
  }

  #count(heard: boolean): void {
    this.#removed = null;
    this.#mute = heard ? 0 : this.#mute + 1;
    if (this.#mute >= MUTE_CONNECTIONS) this.#poll.start();
  }

  /** While polling, the answers determine the connection state. */
  #statusIs(status: StreamStatus): void {
    const isFinal = status === "stopped" || status === "signed-out";
    if (isFinal) this.#poll.stop();
    if (isFinal || !this.#poll.isRunning) this.#options.onStatus(status);
  }
}
