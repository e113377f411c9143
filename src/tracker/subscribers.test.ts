import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { finishedDownload, sampleDownload } from "../ports/contracts/sample-downloads.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Found } from "./download-reads.ts";
import { Subscribers } from "./subscribers.ts";

const RUNNING = sampleDownload("ann", { id: "one", state: "processing", node: "a/1", epoch: 1 });
const READY = finishedDownload("ann", "one");
const KEY = keyOf(READY);
const freed = (version: number): SlotEvent => ({ type: "remove", key: KEY, version });

/** The subscribers of a node, over records that the test sets; what a watcher of one user is told, and how often it read. */
async function setUp(...records: Found[]) {
  const clock = new VirtualClock({ seed: 1 });
  const state = { records, reads: 0 };
  async function newest(): Promise<Found[]> {
    state.reads += 1;
    return state.records;
  }
  const find = async () => null;
  const follow = () => ({ ready: Promise.resolve(), marks: () => null, stop() {} });
  const statusOf = (download: Download) => ({ download, node: null, position: null, etaMs: null });
  const subscribers = new Subscribers({ reads: { newest, find }, work: { follow }, clock, statusOf });
  const abort = new AbortController();
  const told: string[] = [];
  const watch = async () => {
    for await (const event of subscribers.watch("ann", abort.signal)) {
      if (event.type === "download") told.push(`${event.status.download.id} ${event.status.download.state}`);
      else told.push(event.type);
    }
  };
  const begin = async () => {
    void watch();
    await clock.advance(1);
    assert.deepEqual(told.splice(0), ["snapshot"]);
    state.reads = 0;
  };
  const settle = async () => {
    await clock.advance(1);
    return { told: told.splice(0), reads: state.reads };
  };
  return { subscribers, state, begin, settle };
}

describe("subscribers of what their node moves to the history", () => {
  it("are told at once, and read nothing when the slot is seen to be free", async () => {
    const { subscribers, begin, settle } = await setUp({
      key: KEY,
      version: 1,
      download: RUNNING,
      stage: "running",
    });
    await begin();
    subscribers.archived({ key: KEY, version: 7, download: READY });
    assert.deepEqual(await settle(), { told: ["one ready"], reads: 0 });
    subscribers.apply(freed(7));
    assert.deepEqual(await settle(), { told: [], reads: 0 });
  });

  it("read what the feed may have skipped if the slot was freed by another write", async () => {
    const { subscribers, state, begin, settle } = await setUp();
    await begin();
    subscribers.archived({ key: KEY, version: 7, download: READY });
    await settle();
    const next = finishedDownload("ann", "two");
    state.records = [READY, next].map((download) => ({ key: KEY, version: 1, download, stage: "archived" }));
    subscribers.apply(freed(9));
    assert.deepEqual(await settle(), { told: ["two ready"], reads: 1 });
    subscribers.apply(freed(7));
    assert.deepEqual(await settle(), { told: [], reads: 2 });
  });

  it("read everything after the feed was down", async () => {
    const { subscribers, begin, settle } = await setUp();
    await begin();
    subscribers.archived({ key: KEY, version: 7, download: READY });
    subscribers.apply({ type: "begin" });
    await settle();
    subscribers.apply(freed(7));
    assert.equal((await settle()).reads, 1);
  });

  it("read when they came after it", async () => {
    const { subscribers, begin, settle } = await setUp();
    subscribers.archived({ key: KEY, version: 7, download: READY });
    await begin();
    subscribers.apply(freed(7));
    assert.equal((await settle()).reads, 1);
  });
});
