/** @module PubSub between the processes of one machine, over their mesh. */

import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { PubSub } from "./pubsub.ts";

/** Channels of topics carry this, so that no topic meets a channel that the mesh is used for otherwise. */
const PREFIX = "topic:";

export class SocketPubSub implements PubSub {
  readonly #mesh: Mesh;
  readonly #handlers = new Map<string, Set<(message: Json) => void>>();
  readonly #subscriptions = new Map<string, () => void>();
  #closed = false;

  /** The mesh stays open when this is closed: it belongs to whoever made it. */
  constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  broadcast(topic: string, message: Json): void {
    if (this.#closed) return;
    this.#mesh.broadcast(PREFIX + topic, message);
    if (!this.#handlers.has(topic)) return;
    // A copy, made at once: its own subscribers get what the others get.
    const text = JSON.stringify(message);
    queueMicrotask(() => this.#receive(topic, () => JSON.parse(text) as Json));
  }

  subscribe(topic: string, handler: (message: Json) => void): () => void {
    if (this.#closed) throw new CarryoutError("closed", "this pubsub is closed");
    const subscription = (message: Json) => handler(message);
    const handlers = this.#handlers.get(topic);
    if (handlers) handlers.add(subscription);
    else this.#listen(topic, subscription);
    return () => this.#unsubscribe(topic, subscription);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#subscriptions.values()) stop();
    this.#subscriptions.clear();
    this.#handlers.clear();
  }

  #listen(topic: string, subscription: (message: Json) => void): void {
    this.#handlers.set(topic, new Set([subscription]));
    this.#subscriptions.set(
      topic,
      this.#mesh.subscribe(PREFIX + topic, (message) => this.#receive(topic, () => structuredClone(message))),
    );
  }

  #unsubscribe(topic: string, subscription: (message: Json) => void): void {
    const handlers = this.#handlers.get(topic);
    if (!handlers?.delete(subscription) || handlers.size > 0) return;
    this.#handlers.delete(topic);
    this.#subscriptions.get(topic)?.();
    this.#subscriptions.delete(topic);
  }

  #receive(topic: string, copy: () => Json): void {
    for (const handler of [...(this.#handlers.get(topic) ?? [])]) handler(copy());
  }
}
