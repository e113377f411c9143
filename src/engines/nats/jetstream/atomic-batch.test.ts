import assert from "node:assert/strict";
import { test } from "node:test";
import type { MsgHdrs } from "@nats-io/transport-node";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { publishBatch } from "./atomic-batch.ts";
import type { NatsLink } from "./connection.ts";
import { isPassing, NatsStream } from "./stream.ts";

type Sent = { subject: string; headers: Record<string, string> };

/** A server that answers the last message of a batch with `ack` and what the message says. */
function serverWith(ack: (last: Sent) => object) {
  const sent: Sent[] = [];
  const note = (subject: string, { headers }: { headers: MsgHdrs }) => {
    const [version, ...lines] = Buffer.from(encoded(headers)).toString().split("\r\n");
    assert.equal(version, "NATS/1.0");
    assert.deepEqual(lines.splice(-2), ["", ""]);
    const entries = lines.map((line) => line.replace(/^Nats-/, "").split(": "));
    sent.push({ subject, headers: Object.fromEntries(entries) });
    return sent.at(-1)!;
  };
  const link = {
    clock: new VirtualClock({ seed: 1 }),
    nats: { publish: (subject: string, _: string, options: { headers: MsgHdrs }) => note(subject, options) },
    request: async (subject: string, _: string, options: { headers: MsgHdrs }) =>
      messageWith(ack(note(subject, options))),
  } as unknown as NatsLink;
  return { link, sent };
}

function messageWith(answer: object): { data: Uint8Array } {
  return { data: Buffer.from(JSON.stringify(answer)) };
}

function encoded(headers: MsgHdrs): Uint8Array {
  return (headers as unknown as { encode(): Uint8Array }).encode();
}

const three = [
  { subject: "a", data: "1", expected: 7, headers: { Own: "x" } },
  { subject: "b", data: "2" },
  { subject: "c", data: "3", expected: 0 },
];

test("the last message of a batch commits it, and its sequence says those of all", async () => {
  const { link, sent } = serverWith(({ headers }) => ({ seq: 12, batch: headers["Batch-Id"], count: 3 }));
  assert.deepEqual(await publishBatch(link, "stream", three), [10, 11, 12]);
  const id = sent[0]!.headers["Batch-Id"];
  const common = { "Batch-Id": id, "Expected-Stream": "stream" };
  assert.deepEqual(sent, [
    {
      subject: "a",
      headers: { Own: "x", ...common, "Expected-Last-Subject-Sequence": "7", "Batch-Sequence": "1" },
    },
    { subject: "b", headers: { ...common, "Batch-Sequence": "2" } },
    {
      subject: "c",
      headers: {
        ...common,
        "Expected-Last-Subject-Sequence": "0",
        "Batch-Sequence": "3",
        "Batch-Commit": "1",
      },
    },
  ]);
});

test("the answer of a server that stored each message for itself says nothing about the others", async () => {
  for (const ack of [{ seq: 12 }, { seq: 12, batch: "another", count: 3 }]) {
    const { link } = serverWith(() => ack);
    await assert.rejects(publishBatch(link, "stream", three), isPassing);
  }
});

test("a message that can't be sent fails alone", async () => {
  const published: string[] = [];
  const publish = (subject: string) => {
    if (subject === "large") throw new TypeError("max_payload size exceeded");
    published.push(subject);
    return { seq: published.length };
  };
  const link = {
    clock: new VirtualClock({ seed: 1 }),
    version: "2.15.1",
    nats: { publish },
    request: async (subject: string) => messageWith(publish(subject)),
    whileConnected: <Answer>(work: () => Promise<Answer>) => work(),
  } as unknown as NatsLink;
  const stream = new NatsStream(link, "stream", { getOptions: () => ({}) } as never);
  const results = await Promise.allSettled(["a", "large", "b"].map((subject) => stream.publish(subject, "")));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(published, ["a", "a", "b"], "once in the batch that was given up, and then alone");
});
