/**
 * @module One event stream per browser, however many tabs: the tab that holds a Web Lock reads it and passes it on
 * through a BroadcastChannel. HTTP/1.1 allows six connections to an origin; a stream per tab would use them up.
 */

import { EventStream, type StreamStatus } from "./event-stream.ts";
import type { PublicDownload } from "./public-download.ts";
import { decodeMessage, type StreamMessage } from "./stream-message.ts";
import { browserTiming, type Timing } from "./timing.ts";
import { onWake } from "./wake.ts";

export interface DownloadStream {
  start(): void;
  stop(): void;
  /** Call it when less silence is allowed than before. */
  recheck(): void;
}

export interface DownloadStreamOptions {
  url: string;
  /** Keeps the tabs of two sessions apart: any text that differs between them. */
  session?: string;
  onMessage(message: StreamMessage): void;
  onStatus(status: StreamStatus): void;
  silenceMs(): number;
  timing?: Timing;
  fetch?: typeof fetch;
}

/** Shared with the other tabs where the browser can, else an own one. */
export function openDownloadStream(options: DownloadStreamOptions): DownloadStream {
  const canShare = typeof BroadcastChannel === "function" && globalThis.navigator?.locks !== undefined;
  return canShare ? new SharedStream(options) : ownStream(options);
}

export function ownStream(options: DownloadStreamOptions, onActivity?: () => void): EventStream {
  return new EventStream({
    url: options.url,
    silenceMs: options.silenceMs,
    onStatus: options.onStatus,
    ...(onActivity && { onActivity }),
    ...(options.timing && { timing: options.timing }),
    ...(options.fetch && { fetch: options.fetch }),
    onEvent: (name, data) => {
      const message = decodeMessage(name, data);
      if (message) options.onMessage(message);
    },
  });
}

type ChannelMessage =
  | { type: "message"; message: StreamMessage }
  | { type: "status"; status: StreamStatus }
  | { type: "alive" }
  /** A tab has come and wants the snapshot. */
  | { type: "hello" };

/** What the leader has heard so far, to greet new tabs with. Null before the first snapshot. */
class Mirror {
  #downloads: Map<string, PublicDownload> | null = null;

  apply(message: StreamMessage): void {
    if (message.type === "snapshot") this.#downloads = new Map(message.downloads.map((d) => [d.id, d]));
    else if (message.type === "download") this.#downloads?.set(message.download.id, message.download);
    else this.#downloads?.delete(message.id);
  }

  snapshot(): StreamMessage | null {
    return this.#downloads && { type: "snapshot", downloads: [...this.#downloads.values()] };
  }
}

/**
 * Follows until it gets the lock, then leads. A leader that has gone silent (a frozen tab keeps its lock) is
 * deposed by the first visible tab that notices.
 */
export class SharedStream implements DownloadStream {
  readonly #options: DownloadStreamOptions;
  readonly #timing: Timing;
  readonly #name: string;
  #session: AbortController | null = null;
  #channel: BroadcastChannel | null = null;
  #lead: { stream: EventStream; mirror: Mirror; resign(): void } | null = null;
  #leaderHeardAt = 0;
  #cancelWatchdog = () => {};

  constructor(options: DownloadStreamOptions) {
    this.#options = options;
    this.#timing = options.timing ?? browserTiming;
    this.#name = `carryout ${options.url} ${options.session ?? ""}`;
  }

  start(): void {
    if (this.#session) return;
    const session = new AbortController();
    this.#session = session;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = (event: MessageEvent<ChannelMessage>) => this.#hear(event.data);
    const stopWaking = onWake(() => this.#greet());
    session.signal.addEventListener("abort", stopWaking, { once: true });
    this.#stepAsideForPageCache(session.signal);
    this.#queue(session.signal, false);
    this.#greet();
  }

  stop(): void {
    this.#session?.abort();
    this.#session = null;
    this.#cancelWatchdog();
    this.#abdicate();
    this.#channel?.close();
    this.#channel = null;
  }

  recheck(): void {
    if (this.#lead) this.#lead.stream.recheck();
    else this.#watchLeader();
  }

  /** Asks for the lock and leads while holding it. With `steal`, whoever holds it loses it at once. */
  #queue(session: AbortSignal, steal: boolean): void {
    const held = () =>
      new Promise<void>((release) => (session.aborted ? release() : this.#takeTheLead(release)));
    navigator.locks.request(this.#name, steal ? { steal } : { signal: session }, held).catch(() => {
      // Rejected because the session ended, or because another tab stole the lock: then queue again.
      this.#abdicate();
      if (!session.aborted) this.#queue(session, false);
    });
  }

  #takeTheLead(resign: () => void): void {
    this.#cancelWatchdog();
    const mirror = new Mirror();
    const stream = ownStream(
      {
        ...this.#options,
        onMessage: (message) => {
          mirror.apply(message);
          this.#say({ type: "message", message });
          this.#options.onMessage(message);
        },
        onStatus: (status) => {
          this.#say({ type: "status", status });
          this.#options.onStatus(status);
        },
      },
      () => this.#say({ type: "alive" }),
    );
    this.#lead = { stream, mirror, resign };
    stream.start();
  }

  #abdicate(): void {
    const lead = this.#lead;
    this.#lead = null;
    lead?.stream.stop();
    lead?.resign();
  }

  #hear(message: ChannelMessage): void {
    if (message.type === "hello") {
      const snapshot = this.#lead?.mirror.snapshot();
      if (snapshot) this.#say({ type: "message", message: snapshot });
      return;
    }
    if (this.#lead) return;
    this.#leaderHeardAt = this.#timing.now();
    if (message.type === "message") {
      this.#options.onMessage(message.message);
      this.#options.onStatus("open");
    } else if (message.type === "status") this.#options.onStatus(message.status);
    this.#watchLeader();
  }

  #say(message: ChannelMessage): void {
    this.#channel?.postMessage(message);
  }

  /** Makes the leader repeat the snapshot; a visible tab that gets no sign of life takes over. */
  #greet(): void {
    if (this.#lead) return;
    this.#say({ type: "hello" });
    this.#watchLeader();
  }

  #watchLeader(): void {
    this.#cancelWatchdog();
    const session = this.#session?.signal;
    if (!session || this.#lead) return;
    // Longer than the leader's own patience: it needs time to reconnect before it is thought frozen.
    const patience = this.#options.silenceMs() + 5_000;
    const left = patience - (this.#timing.now() - this.#leaderHeardAt);
    const wait = this.#leaderHeardAt === 0 ? patience : Math.max(500, left);
    this.#cancelWatchdog = this.#timing.after(wait, () => {
      const visible = typeof document === "undefined" || document.visibilityState === "visible";
      if (visible && !this.#lead && !session.aborted) this.#queue(session, true);
    });
  }

  /** A page in the back/forward cache must hold neither lock nor connection; it begins anew when it is shown. */
  #stepAsideForPageCache(session: AbortSignal): void {
    if (typeof addEventListener !== "function") return;
    const hide = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      this.stop();
      addEventListener("pageshow", () => this.start(), { once: true });
    };
    addEventListener("pagehide", hide, { signal: session });
  }
}
