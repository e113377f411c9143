/** @module Announcements over the nodes' own sockets: channels that processes listen to, as with LISTEN and NOTIFY. */

import type { Json } from "../../../download/json.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import {
  type Announced,
  type Announcement,
  type Announcing,
  payloadsOf,
  readAnnouncement,
} from "./announcements.ts";

/** Of one message; escaping may make it longer. */
const MOST_BYTES = 128 * 1024;
/** That one process may listen to; it looks for what it does not hear. */
const MOST_CHANNELS = 20_000;
const LISTEN = "listen";
const UNLISTEN = "unlisten";
/** Before the name of a channel. */
const NEWS = "news ";

type Handler = (said: Announcement) => void;

export interface SocketNewsOptions {
  mesh: Pick<Mesh, "peers" | "send" | "sendTo" | "drop" | "subscribe" | "onJoined" | "onLost">;
  /** Of the server that this process follows; null while there is none, when nothing is told. */
  life: () => string | null;
}

/**
 * What is written in one turn of the event loop goes together. A process that does not read is not waited for: what it
 * misses is replaced by one hint to look, as soon as it reads again. A lost connection is such a hint, too.
 */
export class SocketNews implements Announcing {
  readonly #options: SocketNewsOptions;
  /** Who listens, by channel. */
  readonly #listeners = new Map<string, Set<string>>();
  /** How many channels each process listens to. */
  readonly #counts = new Map<string, number>();
  readonly #handlers = new Map<string, Set<Handler>>();
  /** Those that have missed something, by process. */
  readonly #missed = new Map<string, Set<string>>();
  /** The latest row of each key, by channel. */
  #pending = new Map<string, Map<string, Announced>>();

  constructor(options: SocketNewsOptions) {
    this.#options = options;
    const { mesh } = options;
    mesh.subscribe(LISTEN, (channels, from) => this.#listened(namesIn(channels), from));
    mesh.subscribe(UNLISTEN, (channels, from) => this.#unlistened(namesIn(channels), from));
    mesh.onJoined((peer) => {
      if (this.#handlers.size > 0) this.#tell([peer], LISTEN, [...this.#handlers.keys()]);
    });
    mesh.onLost((peer) => this.#lost(peer));
  }

  announce(channel: string, row: Announced): void {
    if (!this.#listeners.has(channel)) return;
    if (this.#pending.size === 0) queueMicrotask(() => this.#send());
    const rows = this.#pending.get(channel) ?? new Map<string, Announced>();
    this.#pending.set(channel, rows.set(row.key, row));
  }

  /** Returns a function to stop. */
  listen(channel: string, onSaid: Handler): () => void {
    const { mesh } = this.#options;
    const handlers = this.#handlers.get(channel) ?? new Set<Handler>();
    const handler: Handler = (said) => onSaid(said);
    this.#handlers.set(channel, handlers.add(handler));
    if (handlers.size === 1) this.#tell(mesh.peers(), LISTEN, [channel]);
    const stop = mesh.subscribe(`${NEWS}${channel}`, (payload) => {
      const said = typeof payload === "string" ? readAnnouncement(payload) : null;
      if (said !== null) onSaid(said);
    });
    return () => {
      stop();
      if (!handlers.delete(handler) || handlers.size > 0) return;
      this.#handlers.delete(channel);
      this.#tell(mesh.peers(), UNLISTEN, [channel]);
    };
  }

  /** A process that can't be told now is told all when it is connected again. */
  #tell(peers: readonly string[], what: string, channels: string[]): void {
    const { mesh } = this.#options;
    for (const peer of mesh.sendTo(peers, what, channels)) mesh.drop(peer);
  }

  #send(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    const life = this.#options.life();
    if (life === null) return;
    for (const [channel, rows] of pending) {
      const peers = [...(this.#listeners.get(channel) ?? [])];
      for (const payload of payloadsOf(life, rows.values(), MOST_BYTES))
        this.#sendTo(peers, channel, payload);
    }
  }

  #sendTo(peers: readonly string[], channel: string, payload: string): void {
    const reading = peers.filter((peer) => this.#makeUp(peer));
    const missing = this.#options.mesh.sendTo(reading, `${NEWS}${channel}`, payload);
    for (const peer of [...missing, ...peers.filter((each) => !reading.includes(each))]) {
      const channels = this.#missed.get(peer) ?? new Set<string>();
      this.#missed.set(peer, channels.add(channel));
    }
  }

  /** True if this process has missed nothing, or was told that it has. */
  #makeUp(peer: string): boolean {
    const life = this.#options.life() ?? "";
    for (const channel of this.#missed.get(peer) ?? []) {
      if (!this.#options.mesh.send(peer, `${NEWS}${channel}`, hintOf(life))) return false;
    }
    this.#missed.delete(peer);
    return true;
  }

  #listened(channels: readonly string[], peer: string): void {
    for (const channel of channels) {
      const count = this.#counts.get(peer) ?? 0;
      if (count >= MOST_CHANNELS) return;
      const peers = this.#listeners.get(channel) ?? new Set<string>();
      if (peers.has(peer)) continue;
      this.#listeners.set(channel, peers.add(peer));
      this.#counts.set(peer, count + 1);
    }
  }

  #unlistened(channels: Iterable<string>, peer: string): void {
    for (const channel of channels) {
      const peers = this.#listeners.get(channel);
      if (!peers?.delete(peer)) continue;
      this.#counts.set(peer, this.#counts.get(peer)! - 1);
      if (peers.size === 0) this.#listeners.delete(channel);
    }
  }

  #lost(peer: string): void {
    this.#unlistened([...this.#listeners.keys()], peer);
    this.#counts.delete(peer);
    this.#missed.delete(peer);
    this.hint();
  }

  /** Has this process look on all channels that it listens to. */
  hint(): void {
    const life = this.#options.life();
    if (life === null) return;
    for (const handlers of this.#handlers.values()) {
      for (const handler of [...handlers]) handler({ life, rows: [null] });
    }
  }
}

function hintOf(life: string): string {
  return `${life}\n?`;
}

function namesIn(channels: Json): string[] {
  if (!Array.isArray(channels)) return [];
  return channels.filter((channel) => typeof channel === "string").slice(0, MOST_CHANNELS);
}
