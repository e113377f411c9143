import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { errors } from "@nats-io/transport-node";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { RecordPatience } from "./record-patience.ts";

const REQUEST_MS = 1_000;

describe("RecordPatience", () => {
  let clock: VirtualClock;
  let patience: RecordPatience;
  /** When the leader's oldest unanswered request was sent, as a record stream reports it. */
  let owedSince: number | null;
  let lostAt: number | null;
  let tries: number;

  const stream = {
    get silentMs() {
      return owedSince === null ? 0 : clock.monotonic() - owedSince;
    },
  };

  beforeEach(() => {
    clock = new VirtualClock({ seed: 1 });
    owedSince = null;
    lostAt = null;
    tries = 0;
    const link = { cutOffMs: () => (lostAt === null ? null : clock.monotonic() - lostAt), closed: false };
    patience = new RecordPatience({ link: link as never, clock, closing: new AbortController().signal });
  });

  async function unanswered(): Promise<never> {
    tries += 1;
    owedSince ??= clock.monotonic();
    await clock.sleep(REQUEST_MS);
    throw new errors.TimeoutError();
  }

  /** How long a call takes that fails as unavailable. */
  async function unavailableAfterMs(question: () => Promise<unknown> = unanswered): Promise<number> {
    const since = clock.monotonic();
    let over = false;
    const call = assert
      .rejects(patience.ask(stream, question), { code: "unavailable" })
      .finally(() => (over = true));
    await clock.advance(60_000, () => over);
    await call;
    return clock.monotonic() - since;
  }

  const assertAbout = (ms: number, expected: number) =>
    assert.ok(ms >= expected && ms < expected + REQUEST_MS + 250, `${ms}`);

  test("a leader that was not silent before gets 10 s", async () => {
    assertAbout(await unavailableAfterMs(), 10_000);
  });

  test("one that has been silent for some time gets the rest of 10 s", async () => {
    await clock.advance(60_000);
    owedSince = clock.monotonic() - 4_000;
    assertAbout(await unavailableAfterMs(), 6_000);
  });

  test("at least 3 s, with attempts in between, however long it has been silent", async () => {
    await clock.advance(60_000);
    for (const silentMs of [8_000, 10_000, 50_000]) {
      owedSince = clock.monotonic() - silentMs;
      tries = 0;
      assertAbout(await unavailableAfterMs(), 3_000);
      assert.ok(tries >= 2, `${tries}`);
    }
  });

  test("one that answers meanwhile, but not conclusively, gets 10 s", async () => {
    await clock.advance(60_000);
    owedSince = 0;
    const refused = async () => {
      await clock.sleep(100);
      owedSince = null;
      throw new errors.TimeoutError();
    };
    assertAbout(await unavailableAfterMs(refused), 10_000);
  });

  test("while disconnected for 3 s, no request is sent", async () => {
    await clock.advance(60_000);
    lostAt = owedSince = 0;
    assertAbout(await unavailableAfterMs(), 3_000);
    assert.equal(tries, 0);
  });

  test("with repeated disconnections, a leader that was silent for long gets a request before the call gives up", async () => {
    await clock.advance(60_000);
    owedSince = 0;
    lostAt = clock.monotonic();
    clock.after(2_900, () => {
      lostAt = clock.monotonic();
    });
    clock.after(5_800, () => {
      lostAt = null;
    });
    await unavailableAfterMs();
    assert.equal(tries, 1);
  });

  test("an answer to the last attempt within that time counts", async () => {
    await clock.advance(60_000);
    owedSince = 0;
    const question = () => (tries < 2 ? unanswered() : Promise.resolve("here"));
    const answer = patience.ask(stream, question);
    await clock.advance(10_000);
    assert.equal(await answer, "here");
  });
});
