import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { claim, release, request, retry } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { testMember } from "../ports/contracts/membership-contract.ts";
import type { Member, Membership, NodeId } from "../ports/membership.ts";
import { silentLog } from "../telemetry/log.ts";
import { KindAvailability } from "./kind-availability.ts";
import { OverdueDownloads } from "./overdue-downloads.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { stoppableClock } from "./stoppable-clock.testing.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
const SELF = testMember("self", { kinds: ["csv"] });
const TIMEOUT_MS = 10 * MINUTE_MS;

/** The overdue check of one node, with only the given members alive. */
function setUp(...members: Member[]) {
  const time = stoppableClock();
  const { clock } = time;
  const running = new RunningTime(clock);
  const moment = () => ({ at: clock.now(), ranMs: running.read() });
  const living = [SELF, ...members];
  const membership = { members: () => living } as Membership;
  const repo = openMemoryRepo(new MemoryStore());
  const alive = new Set<NodeId>(living.map(({ name, incarnation }) => `${name}/${incarnation}`));
  const unfinished = new UnfinishedIndex({ isAlive: (node) => alive.has(node), moment });
  const kindAvailability = new KindAvailability(membership, moment);
  kindAvailability.refresh();
  const resort = new OverdueDownloads({
    self: "self/self-1",
    repo,
    membership,
    clock,
    running,
    log: silentLog,
    settings: DEFAULT_SETTINGS,
    activity: { ended: () => {} },
    unfinished,
    kindAvailability,
    timeoutMsOf: (kind) => (kind === "csv" ? TIMEOUT_MS : null),
  });
  const asked = (kind: string) =>
    request({ user: "ann", slot: "default", kind, params: null }, clock.now(), clock.id());
  const see = (download: Download, version: number | null) => {
    unfinished.apply({ type: "put", key: keyOf(download), version: version ?? 0, download });
  };
  /** Writes the record and delivers it to this node. */
  const insert = async (download: Download) => see(download, await repo.slots.insert(download));
  /** Runs a check and delivers the record that it wrote to this node. */
  const look = async () => {
    await resort.look();
    const [stored] = await repo.slots.list("ann");
    if (stored) see(stored.download, stored.version);
    return stored?.download;
  };
  return { ...time, asked, insert, look, living, kindAvailability };
}

describe("overdue downloads", () => {
  it("are ended if no living node can make them, whether they ever started or not", async () => {
    for (const hasBegun of [false, true]) {
      const { asked, insert, look, run, setAhead } = setUp();
      const download = asked("renamed");
      await insert(hasBegun ? release(claim(download, "old/1", 0, DEFAULT_SETTINGS), 0) : download);
      await run(MINUTE_MS);
      assert.equal((await look())?.state, "pending");
      setAhead(DAY_MS);
      assert.equal((await look())?.error?.code, "unknown-kind");
    }
  });

  it("are ended if their holder is dead and no other node can make them", async () => {
    const { asked, insert, look, run, setAhead } = setUp();
    await insert(claim(asked("renamed"), "dead/1", 0, DEFAULT_SETTINGS));
    await run(MINUTE_MS);
    setAhead(DAY_MS);
    assert.equal((await look())?.error?.code, "unknown-kind");
  });

  it("are not ended at once because the time of day is wrong", async () => {
    const { asked, insert, look, setAhead, run } = setUp();
    await insert(asked("renamed"));
    setAhead(365 * DAY_MS);
    assert.equal((await look())?.state, "pending");
    setAhead(-365 * DAY_MS);
    await run(MINUTE_MS);
    assert.equal((await look())?.state, "pending");
  });

  it("may wait as long as a living node can make them or might be able to", async () => {
    for (const kinds of [["renamed"], null]) {
      const { asked, insert, look, run, setAhead } = setUp(testMember("other", { kinds }));
      await insert(asked("renamed"));
      await run(MINUTE_MS);
      setAhead(30 * DAY_MS);
      assert.equal((await look())?.state, "pending");
    }
  });

  it("record since when no node can make them, so that restarts do not restart the wait", async () => {
    const { asked, insert, look, run, clock } = setUp();
    await insert(asked("renamed"));
    const began = clock.now();
    await run(11 * MINUTE_MS);
    const withdrawn = await look();
    assert.equal(withdrawn?.unclaimedSince, began);

    const later = setUp();
    await later.insert({ ...withdrawn, unclaimedSince: later.clock.now() - DAY_MS });
    await later.run(MINUTE_MS);
    assert.equal((await later.look())?.error?.code, "unknown-kind");
  });

  it("have that record cleared when a node can make them again", async () => {
    const { asked, insert, look, run, living, kindAvailability } = setUp();
    await insert(asked("renamed"));
    await run(11 * MINUTE_MS);
    assert.notEqual((await look())?.unclaimedSince, null);
    living.push(testMember("back", { kinds: ["renamed", "csv"] }));
    kindAvailability.refresh();
    const after = await look();
    assert.deepEqual([after?.state, after?.unclaimedSince], ["pending", null]);
  });

  it("are ended after a multiple of their time if their living holder does not end them", async () => {
    const { asked, insert, look, run } = setUp();
    await insert(claim(asked("csv"), "self/self-1", 0, DEFAULT_SETTINGS));
    await run(3 * TIMEOUT_MS);
    assert.equal((await look())?.state, "processing");
    await run(TIMEOUT_MS + 1_000);
    assert.equal((await look())?.error?.code, "generation-timed-out");
  });

  it("are not charged for time before the current claim, or time in which no node ran", async () => {
    const { asked, insert, look, run, stop, setAhead, clock } = setUp();
    const weekAgo = clock.now() - 7 * DAY_MS;
    const first = claim({ ...asked("csv"), requestedAt: weekAgo }, "gone/1", weekAgo, DEFAULT_SETTINGS);
    await insert(claim(release(first, 0), "self/self-1", clock.now(), DEFAULT_SETTINGS));
    setAhead(DAY_MS);
    stop(DAY_MS);
    await run(MINUTE_MS);
    assert.equal((await look())?.state, "processing");
  });

  it("are not charged for the backoff after a failure", async () => {
    const { asked, insert, look, run, setAhead } = setUp();
    const held = claim(asked("csv"), "self/self-1", 0, DEFAULT_SETTINGS);
    const failure = { code: "x", message: "", retriable: true };
    await insert(retry(held, failure, 3, 0, 0.5, DEFAULT_SETTINGS));
    await run(5 * TIMEOUT_MS);
    setAhead(DAY_MS);
    assert.equal((await look())?.state, "pending");
  });
});
