import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { encodeDownload } from "../../../download/codec.ts";
import { downloadKey } from "../../../download/key.ts";
import { finishedDownload } from "../../../ports/contracts/sample-downloads.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { NoMajorityError } from "../jetstream/stream.ts";
import { dueName, HistoryIndex } from "./history-index.ts";
import { NatsHistory } from "./nats-history.ts";
import { NatsTable } from "./nats-table.ts";
import { RecordPatience } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";

const READY = finishedDownload("ann", "one");
const KEY = downloadKey("ann", "one");

/** A stream with one message. Its leader may be deposed and lack it, until it was asked twice whether it has a majority. */
function stream(text: string, isDeposed: boolean): RecordStream {
  let refusals = isDeposed ? 2 : 0;
  const unlessDeposed = async <Answer>(answer: Answer) => (refusals > 0 ? null : answer);
  const ofLeader = async <Answer>(answer: Answer) => {
    if (refusals === 0) return answer;
    refusals -= 1;
    throw new NoMajorityError();
  };
  return {
    index: 0,
    silentMs: 0,
    versionOf: (sequence: number) => sequence,
    last: (key: string) => unlessDeposed({ key, text, sequence: 1, storedAt: 0, write: "" }),
    names: () => ofLeader([text]),
    holds: () => ofLeader({ newest: 1, isThere: true }),
  } as unknown as RecordStream;
}

/** Finds the only record there is. */
async function found(deposed: { records?: boolean; index?: boolean }): Promise<string | undefined> {
  const clock = new VirtualClock({ seed: 1 });
  const link = { cutOffMs: () => null, closed: false } as unknown as NatsLink;
  const patience = new RecordPatience({ link, clock, closing: new AbortController().signal });
  const checkOpen = () => {};
  const streams = [stream(encodeDownload(READY), deposed.records ?? false)];
  const records = new NatsTable({ streams, clock, patience, checkOpen, isDamaged: () => false });
  const named = [stream(dueName(KEY, null), deposed.index ?? false)];
  const index = new HistoryIndex({ streams: named, clock, patience });
  const finding = new NatsHistory({ records, index, patience, checkOpen }).find("one");
  let isSettled = false;
  void finding.finally(() => {
    isSettled = true;
  });
  while (!isSettled) await clock.advance(50);
  return (await finding)?.stored?.key;
}

test("that an id has no record is not believed of a leader that was deposed: its bytes would be swept", async () => {
  assert.equal(await found({}), KEY);
  assert.equal(await found({ index: true }), KEY);
  assert.equal(await found({ records: true }), KEY);
});
