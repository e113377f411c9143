/** @module The connections of one process to all members, over which they tell each other what they wrote. */

import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { NodeId } from "../../../ports/membership.ts";
import { Pauses } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { Announcement } from "../../lifeline/announcement.ts";
import type { StreamHost } from "../../lifeline/own-lifeline.ts";
import { openPrivateStream, type StreamTarget } from "../../lifeline/private-stream.ts";
import { Mesh } from "../../mesh/mesh.ts";

/** With more members nobody connects: their number grows with the square. */
const MOST_MEMBERS = 64;
const PAUSES = { firstMs: 20, mostMs: 10_000 };
const BEAT_MS = 2_000;
/** A connection on which nothing came for this long is dropped: a firewall may swallow everything without a word. */
const SILENCE_MS = 7_000;
const BEAT = "beat";

/**
 * Two processes are connected by whichever of them reaches the other. Only those that can read the table of members know
 * the key of a member's port. Losing messages is harmless, as everybody also looks for changes.
 */
export class Links implements StreamHost {
  readonly mesh: Mesh;
  readonly door: StreamHost["door"];
  readonly #clock: Clock;
  /** The living; null until they are known. */
  #members: ReadonlyMap<NodeId, Announcement> | null = null;
  readonly #dialling = new Map<NodeId, AbortController>();
  readonly #heardAt = new Map<string, number>();
  readonly #incomplete = new Set<() => void>();
  #wasComplete = false;
  #closed = false;
  #cancelBeat: Cancel;

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.door = { id: clock.id(), key: clock.id() };
    this.mesh = new Mesh({ id: this.door.id, log });
    const hear = (id: string) => void this.#heardAt.set(id, clock.monotonic());
    this.mesh.onJoined(hear);
    this.mesh.subscribe(BEAT, (_, from) => hear(from));
    this.mesh.onLost((id) => {
      this.#heardAt.delete(id);
      this.#dialAll();
      this.#notice();
    });
    this.#cancelBeat = clock.after(BEAT_MS, () => this.#beat());
  }

  /** Whether all other living members are connected, so that what is told here needs no other way. */
  get reachesAll(): boolean {
    if (this.#members === null) return false;
    return [...this.#members.values()].every(({ lifeline }) =>
      this.mesh.isConnected(lifeline?.stream?.id ?? ""),
    );
  }

  /** Calls back when not all are reached any more. */
  onIncomplete(callback: () => void): () => void {
    this.#incomplete.add(callback);
    return () => this.#incomplete.delete(callback);
  }

  accept(stream: Parameters<StreamHost["accept"]>[0]): void {
    this.mesh.accept(stream);
  }

  /** Connects to these, the other living members. */
  keep(living: ReadonlyMap<NodeId, Announcement>): void {
    this.#members = new Map(living);
    for (const [node, dialling] of this.#dialling) {
      if (!living.has(node)) dialling.abort();
    }
    this.#dialAll();
    this.#notice();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelBeat();
    this.#incomplete.clear();
    for (const dialling of this.#dialling.values()) dialling.abort();
    await this.mesh.close();
  }

  #dialAll(): void {
    const members = this.#members ?? new Map<NodeId, Announcement>();
    if (this.#closed || members.size > MOST_MEMBERS) return;
    for (const [node, announcement] of members) {
      const { member, lifeline } = announcement;
      if (!lifeline?.stream || this.#dialling.has(node) || this.mesh.isConnected(lifeline.stream.id))
        continue;
      const dialling = new AbortController();
      this.#dialling.set(node, dialling);
      const target = { ...lifeline, ...lifeline.stream, incarnation: member.incarnation };
      void this.#dial(target, dialling.signal).finally(() => this.#dialling.delete(node));
    }
  }

  /** Until it is connected, by whichever side. */
  async #dial(target: StreamTarget & { id: string }, signal: AbortSignal): Promise<void> {
    const pauses = new Pauses(this.#clock, PAUSES);
    while (!signal.aborted) {
      const result = await this.mesh.connect(target.id, () => openPrivateStream(target, this.#clock));
      if (result === "connected") break;
      await pauses.pass(signal);
    }
  }

  #notice(): void {
    const isComplete = this.reachesAll;
    const isNews = this.#wasComplete && !isComplete;
    this.#wasComplete = isComplete;
    if (isNews) for (const callback of [...this.#incomplete]) callback();
  }

  #beat(): void {
    const now = this.#clock.monotonic();
    for (const [id, heardAt] of this.#heardAt) {
      if (now - heardAt > SILENCE_MS) this.mesh.drop(id);
    }
    this.mesh.broadcast(BEAT, null);
    this.#cancelBeat = this.#clock.after(BEAT_MS, () => this.#beat());
  }
}
