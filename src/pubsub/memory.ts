/** @module PubSub between nodes of one process: for tests, simulations and the `memory:` engine. */

import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { PubSub } from "./pubsub.ts";

type Handler = (message: Json) => void;

/** Decides when, and whether, a message arrives: call `arrive` once, later, or never. */
export type Delivery = (arrive: () => void) => void;

/**
 * What the nodes share. Messages arrive in a later microtask, in the order they were sent, so that no handler ever
 * runs inside a `broadcast`. A simulation passes its own `delivery` to delay or lose messages between nodes.
 */
export class MemoryPubSubHub {
  readonly #nodes = new Set<MemoryPubSub>();
  readonly #delivery: Delivery;

  constructor(options: { delivery?: Delivery } = {}) {
    this.#delivery = options.delivery ?? queueMicrotask;
  }

  /** The PubSub of one more node. */
  open(): PubSub {
    const node = new MemoryPubSub((topic, message) => this.#send(topic, message));
    this.#nodes.add(node);
    return node;
  }

  #send(topic: string, message: Json): void {
    // The text is made at once: what the sender changes afterwards must not reach anybody, as over a wire.
    const text = JSON.stringify(message);
    for (const node of this.#nodes) {
      if (node.closed) this.#nodes.delete(node);
      else this.#delivery(() => node.receive(topic, text));
    }
  }
}

class MemoryPubSub implements PubSub {
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #send: (topic: string, message: Json) => void;
  closed = false;

  constructor(send: (topic: string, message: Json) => void) {
    this.#send = send;
  }

  broadcast(topic: string, message: Json): void {
    if (!this.closed) this.#send(topic, message);
  }

  subscribe(topic: string, handler: Handler): () => void {
    if (this.closed) throw new CarryoutError("closed", "this pubsub is closed");
    // Wrapped, so that one function subscribed twice is called twice and unsubscribed once at a time.
    const subscription: Handler = (message) => handler(message);
    const handlers = this.#handlers.get(topic) ?? new Set<Handler>();
    this.#handlers.set(topic, handlers.add(subscription));
    return () => {
      handlers.delete(subscription);
      if (handlers.size === 0 && this.#handlers.get(topic) === handlers) this.#handlers.delete(topic);
    };
  }

  receive(topic: string, text: string): void {
    for (const handler of [...(this.#handlers.get(topic) ?? [])]) handler(JSON.parse(text) as Json);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#handlers.clear();
  }
}
