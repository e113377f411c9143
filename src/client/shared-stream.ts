/**
 * @module One event stream per browser, however many tabs: the tab that leads reads it and passes it on through a
 * BroadcastChannel. HTTP/1.1 allows six connections to an origin; a stream per tab would use them up.
 */

import type { StreamStatus } from "./event-stream.ts";
import { ChannelLeadership, type Leadership, LockLeadership } from "./leadership.ts";
import { LiveSource } from "./live-source.ts";
import { leaveWhileAway, pageIsVisible } from "./page-absence.ts";
import type { StreamMessage } from "./stream-message.ts";
import { StreamMirror } from "./stream-mirror.ts";
import { type ChannelMessage, type LeaderMessage, openChannel } from "./tab-channel.ts";
import { browserTiming, type Timing } from "./timing.ts";
import { askViewer } from "./viewer.ts";
import { onWake } from "./wake.ts";

export interface DownloadStreamOptions {
  url: string;
  /** Separates the tabs of different sessions: any text that differs between them. */
  session?: string;
  onMessage(message: StreamMessage): void;
  onStatus(status: StreamStatus): void;
  /** The user whose downloads the following messages are about; null for no user. */
  onViewer(tag: string | null): void;
  silenceMs(): number;
  /** True while something is unfinished. */
  isBusy(): boolean;
  timing?: Timing | undefined;
  fetch?: typeof fetch | undefined;
  /** Whether tabs may use Web Locks for the election. Default: if the browser supports them. */
  locks?: boolean;
}

/** A hidden leader that lost its connection is relieved by a visible tab within this time. */
const RELIEF_MS = 500;
/** How soon a tab re-checks its own viewer when the leader reports a different one. */
const ASK_AGAIN_MS = 2_000;
const LONGEST_ASK_AGAIN_MS = 60_000;

/**
 * Follows until it leads. A silent leader is deposed by the first visible tab that notices. A follower accepts only
 * data of its own viewer: the leader's stream may still belong to a user who has signed out.
 */
export class SharedStream {
  readonly #options: DownloadStreamOptions;
  readonly #timing: Timing;
  readonly #name: string;
  readonly #mirror = new StreamMirror();
  #session: AbortController | null = null;
  #channel: BroadcastChannel | null = null;
  #leadership: Leadership | null = null;
  #source: LiveSource | null = null;
  /** Undefined until the server has said who it is. */
  #viewer: string | null | undefined;
  #askAgainAt = 0;
  #mismatches = 0;
  #leaderHeardAt = 0;
  #cancelWatchdog = () => {};
  #cancelRelief = () => {};

  constructor(options: DownloadStreamOptions) {
    this.#options = options;
    this.#timing = options.timing ?? browserTiming;
    this.#name = `carryout ${options.url} ${options.session ?? ""}`;
  }

  start(): void {
    if (this.#session) return;
    const session = new AbortController();
    this.#session = session;
    const { signal } = session;
    leaveWhileAway(signal, { leave: () => this.stop(), comeBack: () => this.start() });
    signal.addEventListener(
      "abort",
      onWake(() => this.refresh()),
      { once: true },
    );
    this.#channel = openChannel(this.#name);
    if (!this.#channel) {
      this.#lead(); // alone: site data is blocked, or the browser is old
      return;
    }
    this.#channel.onmessage = (event: MessageEvent<ChannelMessage>) => this.#hear(event.data);
    this.#leadership = this.#elect();
    this.#leadership.start();
    this.#say({ type: "hello", viewer: undefined });
    this.#watchLeader();
  }

  stop(): void {
    this.#session?.abort();
    this.#session = null;
    this.#cancelWatchdog();
    this.#cancelRelief();
    this.#leadership?.stop();
    this.#leadership = null;
    this.#lose();
    this.#channel?.close();
    this.#channel = null;
    this.#viewer = undefined;
    this.#mismatches = 0;
  }

  /** Call it when the allowed silence has become shorter. */
  recheck(): void {
    if (this.#source) this.#source.recheck();
    else this.#watchLeader();
  }

  /** The user has changed since the stream was opened. */
  renew(): void {
    if (this.#source) this.#source.reconnect();
    else this.refresh();
  }

  /** Asks for the viewer and the snapshot; call it when the user may have changed. */
  refresh(): void {
    const session = this.#session?.signal;
    if (!session) return;
    const ms = ASK_AGAIN_MS * 2 ** Math.min(this.#mismatches, 8);
    this.#askAgainAt = this.#timing.now() + Math.min(ms, LONGEST_ASK_AGAIN_MS);
    this.#watchLeader();
    void askViewer(this.#options.url.replace(/events$/, "viewer"), this.#options.fetch ?? fetch).then(
      (answer) => {
        if (session.aborted || answer === null) return;
        if (answer === "signed-out") return this.#options.onStatus("signed-out");
        if (this.#source) {
          if (this.#viewer !== undefined && answer.tag !== this.#viewer) this.#source.reconnect();
          return;
        }
        // News about itself: when the leader has news too, it asks again at once.
        if (answer.tag !== this.#viewer) this.#mismatches = this.#askAgainAt = 0;
        this.#viewerIs(answer.tag);
        this.#say({ type: "hello", viewer: answer.tag });
      },
    );
  }

  #elect(): Leadership {
    const options = {
      name: this.#name,
      timing: this.#timing,
      onLead: () => this.#lead(),
      onLost: () => this.#lose(),
    };
    const channel = () => new ChannelLeadership(options);
    const { locks = globalThis.navigator?.locks !== undefined } = this.#options;
    if (!locks) return channel();
    const onRefused = () => {
      this.#leadership?.stop();
      this.#leadership = channel();
      this.#leadership.start();
    };
    return new LockLeadership({ ...options, onRefused });
  }

  #lead(): void {
    this.#cancelWatchdog();
    this.#cancelRelief();
    this.#mirror.clear();
    const { onMessage, onStatus } = this.#options;
    const source: LiveSource = new LiveSource({
      ...this.#options,
      onViewer: (tag) => this.#source === source && this.#viewerIs(tag),
      onMessage: (message) => {
        if (this.#source !== source) return;
        this.#mirror.apply(message);
        this.#tell(message);
        onMessage(message);
      },
      onStatus: (status) => {
        if (this.#source !== source) return;
        if (status === "signed-out") this.#viewer = null;
        this.#say({ type: "status", status, rank: this.#rank, hidden: !pageIsVisible() });
        onStatus(status);
      },
      onActivity: () => this.#source === source && this.#say({ type: "alive", rank: this.#rank }),
    });
    this.#source = source;
    this.#say({ type: "alive", rank: this.#rank });
    source.start();
  }

  /** Another tab leads from now on, or this one has stopped. */
  #lose(): void {
    const source = this.#source;
    this.#source = null;
    source?.stop();
    if (source && !this.#session) this.#say({ type: "bye" });
    this.#watchLeader();
  }

  get #rank(): number {
    return this.#leadership?.rank ?? 0;
  }

  #viewerIs(tag: string | null): void {
    if (tag !== this.#viewer) this.#mirror.clear();
    this.#viewer = tag;
    this.#options.onViewer(tag);
  }

  #hear(message: ChannelMessage): void {
    if (message.type === "hello") this.#greet(message.viewer);
    else if (message.type === "bye") this.#leadership?.vacant();
    else {
      this.#leadership?.hear(message.rank);
      if (!this.#source) this.#obey(message);
      // Two lead for a moment: the lower-ranked one learns of this one and goes silent.
      else if (message.rank < this.#rank) this.#say({ type: "alive", rank: this.#rank });
    }
  }

  #obey(message: LeaderMessage): void {
    this.#leaderHeardAt = this.#timing.now();
    this.#watchLeader();
    const isOurs = message.type !== "message" || message.viewer === this.#viewer;
    if (message.type === "status") this.#relieve(message);
    if (this.#viewer === undefined || !isOurs) this.#askAgain();
    else if (message.type === "status") this.#options.onStatus(message.status);
    else if (message.type === "message") {
      this.#mismatches = 0;
      this.#options.onMessage(message.message);
      this.#options.onStatus("open");
    }
  }

  /** Browsers slow the timers of hidden pages down, to one in a minute: such a leader would reconnect late. */
  #relieve({ status, hidden }: { status: StreamStatus; hidden: boolean }): void {
    this.#cancelRelief();
    if (status !== "waiting" || !hidden || !pageIsVisible()) return;
    const ms = RELIEF_MS * this.#timing.random();
    this.#cancelRelief = this.#timing.after(ms, () => this.#leadership?.usurp());
  }

  /** The leader reports a different viewer, or this tab does not know its own: re-check, but not at each message. */
  #askAgain(): void {
    const left = this.#askAgainAt - this.#timing.now();
    // More than the longest: the clock was set back.
    if (left > 0 && left <= LONGEST_ASK_AGAIN_MS) return;
    this.#mismatches += 1;
    this.refresh();
  }

  #greet(viewer: string | null | undefined): void {
    if (!this.#source) return;
    const snapshot = viewer === undefined ? null : this.#mirror.snapshot();
    if (viewer !== undefined && this.#viewer !== undefined && viewer !== this.#viewer)
      this.#source.reconnect();
    else if (snapshot) this.#tell(snapshot);
    else this.#say({ type: "alive", rank: this.#rank });
  }

  #tell(message: StreamMessage): void {
    this.#say({ type: "message", viewer: this.#viewer ?? null, message, rank: this.#rank });
  }

  #say(message: ChannelMessage): void {
    this.#channel?.postMessage(message);
  }

  /** A visible tab that hears nothing from the leader takes over. */
  #watchLeader(): void {
    this.#cancelWatchdog();
    const session = this.#session?.signal;
    if (!session || this.#source) return;
    // Longer than the leader's own timeout: it needs time to reconnect before it is presumed frozen.
    const patience = this.#options.silenceMs() + 5_000;
    const left = patience - (this.#timing.now() - this.#leaderHeardAt);
    // More than that is left if the clock was set back.
    const wait = this.#leaderHeardAt === 0 ? patience : Math.min(patience, Math.max(500, left));
    this.#cancelWatchdog = this.#timing.after(wait, () => {
      if (pageIsVisible() && !this.#source && !session.aborted) this.#leadership?.usurp();
    });
  }
}
