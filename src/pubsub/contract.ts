/** @module What every PubSub adapter must do, as a test suite. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Json } from "../download/json.ts";
import type { PubSub } from "./pubsub.ts";

/** A cluster of its own for one test. */
export interface PubSubCluster {
  /** One more node. Resolves when it and all that were opened before hear each other. */
  open(): Promise<PubSub>;
  /** Resolves when every node knows of all subscriptions made so far. Left out where a subscription acts at once. */
  settle?(): Promise<void>;
  /** Closes what is still open. */
  dispose(): Promise<void>;
}

/** Runs the suite against an adapter. */
export function pubsubContract(name: string, create: () => Promise<PubSubCluster>): void {
  describe(`PubSub: ${name}`, () => {
    let cluster: PubSubCluster;
    let one: PubSub;
    let two: PubSub;

    beforeEach(async () => {
      cluster = await create();
      one = await cluster.open();
      two = await cluster.open();
    });
    afterEach(() => cluster.dispose());
    const settle = async () => await cluster.settle?.();

    test("a message reaches the subscribers of every node, the sender's too", async () => {
      const heard = [one, two, await cluster.open()].map((node) => next(node, "tick"));
      await settle();
      two.broadcast("tick", { done: 1, text: "grün\n🚀" });
      for (const message of heard) assert.deepEqual(await message, { done: 1, text: "grün\n🚀" });
    });

    test("every node can send to every other", async () => {
      const nodes = [one, two, await cluster.open()];
      for (const [index, sender] of nodes.entries()) {
        const heard = nodes.map((node) => next(node, `from-${index}`));
        await settle();
        sender.broadcast(`from-${index}`, index);
        assert.deepEqual(await Promise.all(heard), [index, index, index]);
      }
    });

    test("messages of one sender arrive in order", async () => {
      const sent = Array.from({ length: 100 }, (_, index) => index);
      const heard = collect(two, "numbers", sent.length);
      await settle();
      for (const number of sent) one.broadcast("numbers", number);
      assert.deepEqual(await heard, sent);
    });

    test("a subscriber hears exactly its topic", async () => {
      const heard: Json[] = [];
      two.subscribe("a", (message) => heard.push(message));
      const last = next(two, "a.b");
      await settle();
      for (const topic of ["b", "a ", "A", "", "a"]) one.broadcast(topic, topic);
      one.broadcast("a.b", "last");
      await last;
      assert.deepEqual(heard, ["a"]);
    });

    test("each subscriber gets a copy of its own, of what was sent at that moment", async () => {
      const first = next(two, "list");
      const second = next(two, "list");
      const own = next(one, "list");
      await settle();
      const message = [1];
      one.broadcast("list", message);
      message.push(2);
      ((await first) as number[]).push(3);
      assert.deepEqual(await second, [1]);
      assert.deepEqual(await own, [1]);
    });

    test("an unsubscribed handler hears nothing more, the others still do", async () => {
      const heard: Json[] = [];
      const handler = (message: Json) => void heard.push(message);
      const stop = two.subscribe("topic", handler);
      const stopToo = two.subscribe("topic", handler);
      const first = next(two, "topic");
      await settle();
      one.broadcast("topic", 1);
      await first;
      stop();
      stop();
      const second = next(two, "topic");
      await settle();
      one.broadcast("topic", 2);
      await second;
      stopToo();
      const third = next(two, "topic");
      await settle();
      one.broadcast("topic", 3);
      await third;
      assert.deepEqual(heard, [1, 1, 2]);
    });

    test("a closed node is silent and deaf, and says so to who subscribes", async () => {
      const heard: Json[] = [];
      two.subscribe("topic", (message) => heard.push(message));
      await two.close();
      await two.close();
      two.broadcast("topic", "from the closed one");
      const own = next(one, "topic");
      one.broadcast("topic", "from the open one");
      assert.equal(await own, "from the open one");
      assert.deepEqual(heard, []);
      assert.throws(() => two.subscribe("topic", () => {}), { code: "closed" });
    });
  });
}

function next(node: PubSub, topic: string): Promise<Json> {
  return collect(node, topic, 1).then(([message]) => message as Json);
}

function collect(node: PubSub, topic: string, count: number): Promise<Json[]> {
  return new Promise((resolve) => {
    const heard: Json[] = [];
    const stop = node.subscribe(topic, (message) => {
      if (heard.push(message) < count) return;
      stop();
      resolve(heard);
    });
  });
}
