import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { seededRandom } from "../../../clock/seeded-random.ts";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { ConnectionLost } from "../session/postgres-errors.ts";
import { Batches, type BatchesOptions, type Write } from "./batches.ts";

type Change = Write & { expected: number };

/** A table of versions with a connection that loses statements and answers. */
class FakeTable {
  readonly #clock: VirtualClock;
  readonly rows = new Map<string, { version: number; token: string }>();
  /** Every version that a row had, with the token that made it. */
  readonly applied: { key: string; expected: number; token: string }[] = [];
  readonly sizes: number[] = [];
  /** "unheard": the answer is lost; "late": it is applied after a while; an error: the statement fails. */
  fate: (writes: readonly Change[]) => "fine" | "lost" | "unheard" | "late" | Error = () => "fine";
  isConnected = true;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  options(): Pick<BatchesOptions<Change, number>, "run" | "readBack" | "session"> {
    return {
      session: {
        cutOffMs: () => (this.isConnected ? null : 1),
        connected: async (signal) => {
          while (!this.isConnected && !signal?.aborted) await this.#clock.sleep(10, signal);
        },
      },
      run: (writes) => this.#run(writes),
      readBack: async (writes) => {
        await this.#clock.sleep(1);
        const found = writes.filter(({ key, token }) => this.rows.get(key)?.token === token);
        return new Map(found.map(({ key, token }) => [token, this.rows.get(key)!.version]));
      },
    };
  }

  async #run(writes: readonly Change[]): Promise<Map<string, number>> {
    this.sizes.push(writes.length);
    const fate = this.fate(writes);
    if (fate instanceof Error) throw fate;
    if (fate === "late") void this.#clock.sleep(500).then(() => this.#apply(writes));
    const answers = fate === "fine" || fate === "unheard" ? this.#apply(writes) : new Map();
    await this.#clock.sleep(1);
    if (fate !== "fine") throw new ConnectionLost("lost", { sent: true });
    return answers;
  }

  #apply(writes: readonly Change[]): Map<string, number> {
    const answers = new Map<string, number>();
    for (const { key, expected, token } of writes) {
      if ((this.rows.get(key)?.version ?? 0) !== expected) continue;
      this.rows.set(key, { version: expected + 1, token });
      this.applied.push({ key, expected, token });
      answers.set(token, expected + 1);
    }
    return answers;
  }
}

describe("writes in batches", () => {
  let clock: VirtualClock;
  let table: FakeTable;
  let closing: AbortController;
  let tokens = 0;

  beforeEach(() => {
    clock = new VirtualClock({ seed: 1 });
    table = new FakeTable(clock);
    closing = new AbortController();
  });

  const batches = (paceMs = 0) =>
    new Batches<Change, number>({ ...table.options(), clock, closing: closing.signal, paceMs });

  function write(key: string, expected = 0, size = 1): Change {
    tokens += 1;
    return { key, expected, token: `token-${tokens}`, size };
  }

  test("what is asked at once goes together; what comes meanwhile goes next, in one statement", async () => {
    const all = batches();
    const first = Array.from({ length: 20 }, (_, index) => all.ask(write(`a-${index}`)));
    const second = clock.sleep(0.5).then(() => {
      return Promise.all(Array.from({ length: 30 }, (_, index) => all.ask(write(`b-${index}`))));
    });
    await clock.advance(50);
    assert.deepEqual(await Promise.all(first), Array(20).fill(1));
    assert.deepEqual(await second, Array(30).fill(1));
    assert.deepEqual(table.sizes, [20, 30]);
  });

  test("a statement has one write to a key, at most 500, and at most 4 MiB unless one alone has more", async () => {
    const all = batches();
    const same = [0, 1, 2].map((expected) => all.ask(write("same", expected)));
    const many = Array.from({ length: 600 }, (_, index) => all.ask(write(`many-${index}`)));
    const large = Array.from({ length: 3 }, (_, index) =>
      all.ask(write(`large-${index}`, 0, 3 * 1024 * 1024)),
    );
    await clock.advance(100);
    assert.deepEqual(await Promise.all(same), [1, 2, 3]);
    await Promise.all([...many, ...large]);
    assert.ok(Math.max(...table.sizes) <= 500);
    assert.ok(table.sizes.length === 4, `${table.sizes}`);
  });

  test("paced writes wait for each other; an urgent one takes them along", async () => {
    const all = batches(50);
    void all.ask(write("a"), { isUrgent: false });
    await clock.advance(5);
    const waiting = [all.ask(write("b"), { isUrgent: false }), all.ask(write("c"), { isUrgent: false })];
    await clock.advance(20);
    assert.deepEqual(table.sizes, [1]);
    const urgent = all.ask(write("d"));
    await clock.advance(5);
    assert.deepEqual(await Promise.all([...waiting, urgent]), [1, 1, 1]);
    assert.deepEqual(table.sizes, [1, 3]);
  });

  test("one bad write fails alone", async () => {
    const bad = Object.assign(new Error("too long"), { code: "22001", severity: "ERROR" });
    table.fate = (writes) => (writes.some(({ key }) => key === "bad") ? bad : "fine");
    const all = batches();
    const results = Promise.allSettled(["a", "bad", "b"].map((key) => all.ask(write(key))));
    await clock.advance(50);
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });

  test("an outage ends in done, or in unavailable after ten seconds; then it goes on", async () => {
    const all = batches();
    table.fate = () => "unheard";
    const done = all.ask(write("a"));
    await clock.advance(100);
    table.fate = () => "fine";
    await clock.advance(1_000);
    assert.equal(await done, 1, "its own token is found");
    table.isConnected = false;
    const given = assert.rejects(all.ask(write("b")), { code: "unavailable" });
    await clock.advance(12_000);
    await given;
    table.isConnected = true;
    const after = all.ask(write("b"));
    await clock.advance(1_000);
    assert.equal(await after, 1);
  });

  test("a server that answers nothing is silent, until it answers or nobody asks it for a while", async () => {
    const all = batches();
    table.fate = () => "lost";
    const given = assert.rejects(all.ask(write("a")), { code: "unavailable" });
    await clock.advance(9_000);
    assert.ok(all.silentMs > 8_000, `${all.silentMs}`);
    await clock.advance(2_000);
    await given;
    assert.ok(all.silentMs > 10_000, `${all.silentMs}`);
    await clock.advance(5_000);
    assert.equal(all.silentMs, 0);
    void all.ask(write("b")).catch(() => {});
    await clock.advance(100);
    assert.ok(all.silentMs > 0);
    table.fate = () => "fine";
    await clock.advance(1_000);
    assert.equal(all.silentMs, 0);
  });

  test("closing ends every wait", async () => {
    const all = batches(1_000);
    const done = all.ask(write("a"), { isUrgent: false });
    await clock.advance(10);
    const ended = assert.rejects(all.ask(write("b"), { isUrgent: false }), { code: "closed" });
    closing.abort();
    await clock.advance(10);
    assert.equal(await done, 1);
    await ended;
    await assert.rejects(all.ask(write("c")), { code: "closed" });
  });

  for (let seed = 1; seed <= 20; seed += 1) {
    test(`seed ${seed}: answers are true whatever is lost`, async () => {
      const random = seededRandom(seed);
      const fates = ["fine", "fine", "lost", "unheard", "late"] as const;
      table.fate = () => fates[Math.floor(random() * fates.length)]!;
      const nodes = [batches(), batches(5)];
      const done: { key: string; expected: number; token: string }[] = [];
      const refused: string[] = [];
      const writers = nodes.flatMap((node) =>
        ["a", "b", "c"].map(async (key) => {
          for (let round = 0; round < 30; round += 1) {
            const expected = table.rows.get(key)?.version ?? 0;
            const one = write(key, expected);
            const version = await node.ask(one);
            if (version === null) refused.push(one.token);
            else done.push({ key, expected, token: one.token });
            if (version !== null) assert.equal(version, expected + 1);
            await clock.sleep(random() * 20);
          }
        }),
      );
      const all = Promise.all(writers);
      await clock.advance(600_000);
      await all;
      const applied = new Set(table.applied.map(({ token }) => token));
      assert.ok(done.length > 20);
      for (const { token } of done) assert.ok(applied.has(token), "done, but not applied");
      const winners = new Set(table.applied.map(({ key, expected }) => `${key} ${expected}`));
      assert.equal(winners.size, table.applied.length, "two winners for one version");
      // One that was applied unheard, and overwritten before it could be read back, is all that may be called refused.
      const current = new Set([...table.rows.values()].map(({ token }) => token));
      for (const token of refused) assert.ok(!current.has(token), "refused, but it is what is stored");
    });
  }
});
