/** @module Port: messages between nodes, at most once. Correctness never depends on one arriving. */

import type { Json } from "../download/json.ts";

export interface PubSub {
  /** Sends to every other subscriber in the cluster and to those of this node. Never throws, may lose. */
  broadcast(topic: string, message: Json): void;
  /** Calls the handler for each message of exactly this topic until unsubscribed. */
  subscribe(topic: string, handler: (message: Json) => void): () => void;
  close(): Promise<void>;
}
