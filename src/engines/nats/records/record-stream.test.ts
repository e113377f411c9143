import assert from "node:assert/strict";
import { test } from "node:test";
import { errors } from "@nats-io/transport-node";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import type { NatsStream } from "../jetstream/stream.ts";
import { PLACES } from "./record-places.ts";
import { RecordStream } from "./record-stream.ts";

test("a stream is silent from the first unanswered request to the next answer, or until requests cease", async () => {
  const clock = new VirtualClock({ seed: 1 });
  let answers = true;
  const last = async () => {
    if (answers) return null;
    throw new errors.TimeoutError();
  };
  const link = { whileConnected: <Answer>(work: () => Promise<Answer>) => work() } as NatsLink;
  const stream = new RecordStream({ name: "work", last } as unknown as NatsStream, {
    link,
    layout: { name: "test", recordStreams: 1 },
    clock,
    place: PLACES.marks("test", 0),
    index: 0,
  });
  const ask = () => stream.last("a.b").catch(() => null);
  await ask();
  assert.equal(stream.silentMs, 0);
  answers = false;
  for (let asked = 0; asked < 20; asked += 1) {
    await ask();
    await clock.advance(1_000);
    assert.equal(stream.silentMs, (asked + 1) * 1_000);
  }
  answers = true;
  await ask();
  assert.equal(stream.silentMs, 0);
  answers = false;
  await ask();
  await clock.advance(14_000);
  assert.equal(stream.silentMs, 14_000);
  await clock.advance(2_000);
  assert.equal(stream.silentMs, 0, "whoever asked has given up");
  await ask();
  await clock.advance(1_000);
  assert.equal(stream.silentMs, 1_000);
});
