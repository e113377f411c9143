import assert from "node:assert/strict";
import { test } from "node:test";
import { pubsubContract } from "./contract.ts";
import { MemoryPubSubHub } from "./memory.ts";
import type { PubSub } from "./pubsub.ts";

pubsubContract("memory", async () => {
  const hub = new MemoryPubSubHub();
  const opened: PubSub[] = [];
  return {
    open: async () => {
      const node = hub.open();
      opened.push(node);
      return node;
    },
    dispose: async () => {
      for (const node of opened) await node.close();
    },
  };
});

test("a simulation decides when, and whether, a message arrives", () => {
  const pending: (() => void)[] = [];
  const hub = new MemoryPubSubHub({ delivery: (arrive) => pending.push(arrive) });
  const heard: unknown[] = [];
  hub.open().subscribe("topic", (message) => heard.push(message));
  const sender = hub.open();
  sender.broadcast("topic", "lost");
  pending.length = 0;
  sender.broadcast("topic", "late");
  assert.deepEqual(heard, []);
  for (const arrive of pending) arrive();
  assert.deepEqual(heard, ["late"]);
});
