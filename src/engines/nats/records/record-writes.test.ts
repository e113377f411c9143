import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import fc from "fast-check";
import { seededRandom } from "../../../clock/seeded-random.ts";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { RecentSequences } from "./recent-writes.ts";
import type { Entry } from "./record-entry.ts";
import { RecordPatience } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";
import { NatsWrites } from "./record-writes.ts";

const conflict = () =>
  new JetStreamApiError({ code: 400, err_code: 10_071, description: "wrong last sequence" });
const KEY = "dXNlcg.default";

/** One key of a stream, and a network that loses and delays messages about it. */
class FakeStream {
  readonly #clock: VirtualClock;
  readonly history: Entry[] = [];
  sequence = 0;
  newest = 0;
  silentMs = 0;
  swept = false;
  /**
   * The fate of a publish: not applied; applied, but the acknowledgement is lost; applied later; or blocked by another
   * write that fails.
   */
  fate: () => "fine" | "lost" | "unheard" | "in the way" | number = () => "fine";
  /** Reads and conflicts come from a leader that lacks this many writes. */
  lag: () => number = () => 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get current(): Entry | null {
    return this.swept ? null : (this.history.at(-1) ?? null);
  }

  async publish(key: string, body: string, options: { expected: number; headers: Record<string, string> }) {
    const { expected, headers } = options;
    const apply = () => {
      if ((this.current?.sequence ?? 0) !== expected) throw conflict();
      this.sequence += 1;
      this.swept = false;
      const write = headers["Carryout-Write"]!;
      const text = headers["KV-Operation"] ? null : body;
      this.history.push({ sequence: this.sequence, storedAt: 0, write, key, text });
      this.newest = this.sequence;
      return this.sequence;
    };
    const fate = this.fate();
    if (fate === "fine") {
      await this.#clock.sleep(1);
      if ((this.#known()?.sequence ?? 0) !== expected) throw conflict();
      return apply();
    }
    if (fate === "in the way") throw conflict();
    if (fate === "unheard") apply();
    if (typeof fate === "number") {
      this.#clock.after(fate, () => {
        try {
          apply();
        } catch {
          // Refused, and the refusal is lost as well.
        }
      });
    }
    await this.#clock.sleep(1_000);
    throw new errors.TimeoutError();
  }

  async last(): Promise<Entry | null> {
    await this.#clock.sleep(1);
    return this.#known();
  }

  async holds() {
    await this.#clock.sleep(1);
    return { newest: this.sequence, isThere: this.current !== null };
  }

  #known(): Entry | null {
    const lag = this.lag();
    return lag === 0 ? this.current : (this.history.at(-1 - lag) ?? null);
  }
}

describe("NatsWrites", () => {
  let clock: VirtualClock;
  let stream: FakeStream;
  let recent: RecentSequences;
  let closing: AbortController;
  let cutOffMs: number | null;
  let writes: NatsWrites;

  const begin = (seed: number) => {
    clock = new VirtualClock({ seed });
    stream = new FakeStream(clock);
    recent = new RecentSequences(clock);
    closing = new AbortController();
    cutOffMs = null;
    beginWrites();
  };
  const beginWrites = () => {
    const link = { cutOffMs: () => cutOffMs, closed: false } as never;
    const patience = new RecordPatience({ link, clock, closing: closing.signal });
    writes = new NatsWrites({ clock, recent, patience, isDamaged: (_key, text) => text === "damaged" });
  };
  beforeEach(() => begin(1));

  const insert = (text: string) => settled(writes.insert(stream as unknown as RecordStream, KEY, text));
  const replace = (text: string | null, expected: number) =>
    settled(writes.replace(stream as unknown as RecordStream, KEY, text, expected));

  /** The outcome of a write, once all the time it needs has passed. */
  async function settled(write: Promise<number | null>): Promise<number | null> {
    let over = false;
    write.then(
      () => (over = true),
      () => (over = true),
    );
    await clock.advance(60_000, () => over);
    return await write;
  }

  test("a write whose acknowledgement was lost is recognised as its own", async () => {
    const fates = ["unheard", "fine"] as const;
    let tries = 0;
    stream.fate = () => fates[tries++]!;
    assert.equal(await insert("{}"), 1);
    assert.equal(tries, 2);
    assert.equal(stream.history.length, 1);
  });

  test("a lost write is repeated", async () => {
    let tries = 0;
    stream.fate = () => (tries++ < 3 ? "lost" : "fine");
    assert.equal(await insert("{}"), 1);
  });

  test("an attempt that is applied while a later one is in progress is recognised", async () => {
    let tries = 0;
    stream.fate = () => (tries++ === 0 ? 1_000.5 : "fine");
    assert.equal(await insert("{}"), 1);
    assert.equal(stream.history.length, 1);
  });

  test("a write that another one preceded is refused", async () => {
    await insert("{}");
    assert.equal(await insert("{}"), null);
    assert.equal(await replace("{}", 1), 2);
    assert.equal(await replace("{}", 1), null);
    assert.equal(await replace(null, 1), null);
  });

  test("an insert overwrites a damaged record, and nothing else", async () => {
    await insert("damaged");
    assert.equal(await insert("{}"), 2);
    assert.equal(await insert("{}"), null);
  });

  test("a tombstone is replaced, even if it is swept meanwhile", async () => {
    await insert("{}");
    assert.equal(await replace(null, 1), 2);
    assert.equal(await insert("{}"), 3);
    assert.equal(await replace(null, 3), 4);
    stream.swept = true;
    assert.equal(await replace("{}", 4), null);
    assert.equal(await insert("{}"), 5);
  });

  test("a version that never existed is refused", async () => {
    assert.equal(await replace("{}", 7), null);
    await insert("{}");
    assert.equal(await replace("{}", 9), null);
  });

  test("a deposed leader with outdated data refuses nothing", async () => {
    await insert("{}");
    for (let version = 1; version < 5; version += 1) await replace("{}", version);
    let tries = 0;
    stream.lag = () => (tries++ < 8 ? 2 : 0);
    assert.equal(await replace("{}", 5), 6);
    assert.ok(tries >= 8);
  });

  test("a repo that never saw the record does not trust such a leader that it is gone", async () => {
    await insert("{}");
    for (let version = 1; version < 3; version += 1) await replace("{}", version);
    // A repo that did not see the record itself still knows the last sequence of the stream.
    recent = new RecentSequences(clock);
    beginWrites();
    let tries = 0;
    stream.lag = () => (tries++ < 8 ? 3 : 0);
    assert.equal(await replace("{}", 3), 4);
    assert.ok(tries >= 8);
  });

  test("a conflict with a failed write refuses nothing", async () => {
    let tries = 0;
    stream.fate = () => (tries++ < 2 ? "in the way" : "fine");
    assert.equal(await insert("{}"), 1);
    tries = 0;
    assert.equal(await replace("{}", 1), 2);
  });

  test("an insert ignores a record that its repo saw removed", async () => {
    await insert("{}");
    await replace(null, 1);
    let tries = 0;
    stream.lag = () => (tries++ < 5 ? 1 : 0);
    assert.equal(await insert("{}"), 3);
  });

  test("without an answer a write is unavailable after 10 s", async () => {
    stream.fate = () => "lost";
    await assert.rejects(insert("{}"), { code: "unavailable", retriable: true });
    assert.ok(clock.monotonic() >= 10_000 && clock.monotonic() < 12_000);
  });

  test("while disconnected nothing is sent, and a write is unavailable after 3 s", async () => {
    cutOffMs = 60_000;
    await assert.rejects(insert("{}"), { code: "unavailable" });
    assert.ok(clock.monotonic() >= 3_000 && clock.monotonic() < 4_000);
    assert.equal(stream.history.length, 0);
  });

  test("a short disconnection is waited out", async () => {
    cutOffMs = 1;
    clock.after(500, () => {
      cutOffMs = null;
    });
    assert.equal(await insert("{}"), 1);
  });

  test("closing ends a waiting write at once", async () => {
    stream.fate = () => "lost";
    clock.after(2_005, () => closing.abort());
    await assert.rejects(insert("{}"), { code: "closed" });
    assert.ok(clock.monotonic() < 3_100);
  });

  test("a permanent error of NATS is not retried", async () => {
    stream.fate = () => {
      throw new JetStreamApiError({
        code: 400,
        err_code: 10_054,
        description: "message size exceeds maximum allowed",
      });
    };
    await assert.rejects(insert("{}"), { code: "store-unusable" });
  });

  test("under any faults each version has one winner, and every acknowledged write was applied once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        begin(seed);
        const chance = seededRandom(seed);
        stream.fate = () => {
          const draw = chance();
          if (draw < 0.5) return "fine";
          if (draw < 0.65) return "lost";
          return draw < 0.8 ? "unheard" : chance() * 3_000;
        };
        stream.lag = () => (chance() < 0.8 ? 0 : Math.floor(chance() * 3));
        const winners: { expected: number; sequence: number; text: string }[] = [];
        let running = 4;
        const run = async (name: number) => {
          for (let round = 0; round < 12; round += 1) {
            const expected = stream.current?.sequence ?? 0;
            const text = `${name}-${round}`;
            const target = stream as unknown as RecordStream;
            const write =
              expected === 0 ? writes.insert(target, KEY, text) : writes.replace(target, KEY, text, expected);
            const sequence = await write.catch(() => null);
            if (sequence !== null) winners.push({ expected, sequence, text });
          }
          running -= 1;
        };
        const runs = Array.from({ length: 4 }, (_, name) => run(name));
        await clock.advance(3_600_000, () => running === 0);
        await Promise.all(runs);
        assert.equal(new Set(winners.map(({ expected }) => expected)).size, winners.length);
        for (const { expected, sequence, text } of winners) {
          const at = stream.history.findIndex((entry) => entry.sequence === sequence);
          assert.equal(stream.history[at]?.text, text);
          assert.equal(stream.history[at - 1]?.sequence ?? 0, expected);
          assert.equal(stream.history.filter((entry) => entry.text === text).length, 1);
        }
      }),
      { numRuns: 60 },
    );
  });
});
