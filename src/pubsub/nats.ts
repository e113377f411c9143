/** @module PubSub over core NATS: a subscription on the server per topic, only while somebody here listens to it. */

import { createHash } from "node:crypto";
import { type Msg, nuid, type Subscription } from "@nats-io/transport-node";
import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { NatsLink } from "../nats/connection.ts";
import { topicSubjects } from "../nats/layout.ts";
import type { PubSub } from "./pubsub.ts";

/** Longer ones are known by their digest. */
const LONGEST_TOPIC_BYTES = 192;

interface Topic {
  readonly handlers: Set<(message: Json) => void>;
  readonly subscription: Subscription;
}

/**
 * Subscribers of this node hear its messages without the way over the server, also while the connection is lost; what
 * is meant for others then is lost. A new subscription is known to a server after one way to it, and to all servers
 * of a cluster some milliseconds later: what is sent before that is not heard.
 */
export class NatsPubSub implements PubSub {
  readonly #link: NatsLink;
  readonly #prefix: string;
  /** Tells its own messages, which come back, from those of others. */
  readonly #id = nuid.next();
  readonly #topics = new Map<string, Topic>();
  #closed = false;

  /** `name` is the cluster's. The link stays open when this is closed: it belongs to whoever made it. */
  constructor(link: NatsLink, name: string) {
    this.#link = link;
    this.#prefix = topicSubjects(name);
  }

  broadcast(topic: string, message: Json): void {
    if (this.#closed || this.#link.closed) return;
    const text = JSON.stringify(message);
    if (this.#link.cutOffMs() === null) this.#send(topic, text);
    if (!this.#topics.has(topic)) return;
    // Later, so that no handler runs inside a broadcast; a copy, so that all get what was sent at that moment.
    queueMicrotask(() => this.#deliver(topic, text));
  }

  subscribe(topic: string, handler: (message: Json) => void): () => void {
    if (this.#closed) throw new CarryoutError("closed", "this pubsub is closed");
    const own = (message: Json) => handler(message);
    const { handlers } = this.#topics.get(topic) ?? this.#open(topic);
    handlers.add(own);
    return () => this.#unsubscribe(topic, own);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { subscription } of this.#topics.values()) subscription.unsubscribe();
    this.#topics.clear();
  }

  #open(topic: string): Topic {
    const subscription = this.#link.nats.subscribe(this.#subject(topic), {
      callback: (error, message) => {
        // A subscription that the server refuses: the link logs what it said.
        if (error === null) this.#receive(topic, message);
      },
    });
    const opened = { handlers: new Set<(message: Json) => void>(), subscription };
    this.#topics.set(topic, opened);
    return opened;
  }

  #unsubscribe(topic: string, handler: (message: Json) => void): void {
    const opened = this.#topics.get(topic);
    if (!opened?.handlers.delete(handler) || opened.handlers.size > 0) return;
    this.#topics.delete(topic);
    opened.subscription.unsubscribe();
  }

  #send(topic: string, text: string): void {
    const bytes = Buffer.from(`${this.#id}${text}`, "utf8");
    // What no server takes would be thrown at the sender, who was promised that nothing is.
    if (bytes.length > (this.#link.nats.info?.max_payload ?? Number.POSITIVE_INFINITY)) return;
    this.#link.nats.publish(this.#subject(topic), bytes);
  }

  #receive(topic: string, message: Msg): void {
    const sender = message.data.subarray(0, this.#id.length);
    if (Buffer.from(sender).equals(Buffer.from(this.#id))) return;
    const text = Buffer.from(message.data.subarray(this.#id.length)).toString("utf8");
    if (isJson(text)) this.#deliver(topic, text);
  }

  #deliver(topic: string, text: string): void {
    for (const handler of [...(this.#topics.get(topic)?.handlers ?? [])]) handler(JSON.parse(text) as Json);
  }

  #subject(topic: string): string {
    return `${this.#prefix}${tokenOf(topic)}`;
  }
}

/** Topics are any text, subjects are not: a server closes the connection of who sends too long a one. */
function tokenOf(topic: string): string {
  const bytes = Buffer.from(topic, "utf8");
  if (bytes.length <= LONGEST_TOPIC_BYTES) return `t${bytes.toString("base64url")}`;
  return `h${createHash("sha256").update(bytes).digest("base64url")}`;
}

/** Others than Carryout may publish here as well. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
