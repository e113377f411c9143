import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { downloadKey } from "../../../src/download/key.ts";
import type { PostgresRepo } from "../../../src/engines/postgres/records/postgres-repo.ts";
import {
  finishedDownload,
  sampleDownload,
  sampleMark,
} from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { eventually } from "../../support/real-cluster.ts";

describe("what a node asks of PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let repos: PostgresRepos;
  let one: PostgresRepo;
  let two: PostgresRepo;

  before(async () => {
    server = await PostgresServer.start({
      settings: { log_statement: "all", log_line_prefix: "|%p|%a|", log_min_error_statement: "panic" },
    });
  });
  after(() => server.stop());

  beforeEach(async () => {
    repos = await PostgresRepos.make(server);
    [one, two] = await Promise.all([repos.open(), repos.open()]);
    const watchings = [new Watching(one.slots), new Watching(two.slots)];
    await Promise.all(watchings.map((watching) => watching.synced()));
  });
  afterEach(() => repos.dispose());

  /** The statements of the repos since the log had this length, with the connection that sent them. */
  function statements(since: number): { pid: string; purpose: string; text: string }[] {
    const lines = server.log().slice(since).split("\n|");
    return lines.flatMap((line) => {
      const parts = /^\|?(\d+)\|carryout test (\w+)\|LOG: {2}(?:execute <unnamed>|statement): (.*)$/s.exec(
        line,
      );
      return parts ? [{ pid: parts[1]!, purpose: parts[2]!, text: parts[3]! }] : [];
    });
  }

  /** The values of statements that announced marks: channels and payloads. */
  function announcedMarks(since: number): string[] {
    const lines = server.log().slice(since).split("\n|");
    return lines.filter((line) => /DETAIL: {2}[Pp]arameters: \$1 = '\{[^}]*_marks_/.test(line));
  }

  const looksOf = (all: ReturnType<typeof statements>) =>
    all.filter(({ text }) => text.includes("pg_visible_in_snapshot"));

  test("an idle cluster looks for changes now and then, and asks for nothing else", async () => {
    const since = server.log().length;
    await eventually("some looks of each", async () => {
      const looks = looksOf(statements(since));
      const pids = [...new Set(looks.map(({ pid }) => pid))];
      return pids.length === 2 && pids.every((pid) => looks.filter((look) => look.pid === pid).length >= 3);
    });
    const all = statements(since);
    assert.deepEqual(
      all.filter((each) => !looksOf(all).includes(each)),
      [],
    );
    // Each looks about once a second, so none looks much more often than the other.
    assert.ok(all.length <= 12, `${all.length} statements`);
  });

  test("writes that come together share a statement, and their notifications too", async () => {
    const since = server.log().length;
    const users = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    await Promise.all(users.map((user) => one.slots.insert(sampleDownload(user))));
    const writes = statements(since).filter(({ purpose }) => purpose === "slots");
    assert.ok(writes.length <= 2, `${writes.length} statements for 400 inserts`);
    const notices = statements(since).filter(({ text }) => text.includes("pg_notify"));
    assert.ok(notices.length <= 10, `${notices.length} statements for 400 notifications`);
    assert.ok(
      !writes.some(({ text }) => text.includes("notify")),
      "a write never notifies in its transaction",
    );
  });

  test("what many users' pages read together shares statements", async () => {
    const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    for (const user of users.slice(0, 3)) {
      const ready = finishedDownload(user, `id-of-${user}`);
      assert.ok(await one.history.put(ready));
      assert.ok(await one.slots.insert(sampleDownload(user)));
      assert.ok(await one.work.advance(downloadKey(user, "x"), sampleMark(7), null));
    }
    const since = server.log().length;
    const read = await Promise.all(
      users.map(async (user) => {
        const stop = new AbortController();
        const marks: number[] = [];
        for await (const event of one.work.watch(user, stop.signal)) {
          if (event.type === "put") marks.push(event.mark.progress.done);
          if (event.type === "synced") stop.abort();
        }
        const [listed, slots, history] = await Promise.all([
          one.work.list(user),
          one.slots.list(user),
          one.history.list(user, { limit: 2 }),
        ]);
        return { marks, found: [listed.length, slots.length, history.map(({ download }) => download.user)] };
      }),
    );
    for (const [index, user] of users.entries()) {
      const expected = index < 3 ? { marks: [7], found: [1, 1, [user]] } : { marks: [], found: [0, 0, []] };
      assert.deepEqual(read[index], expected);
    }
    const reads = statements(since).filter(({ text }) => !text.includes("pg_notify"));
    // Of 200 pages that begin and end, 1,200 one by one.
    assert.ok(reads.length <= 60, `${reads.length} statements`);
  });

  test("ticks of all downloads of a node are one statement; nobody views them, so nobody is told", async () => {
    const keys = Array.from({ length: 100 }, (_, index) => downloadKey(`user-${index}`, "x"));
    const versions = await Promise.all(keys.map((key) => one.work.advance(key, sampleMark(0), null)));
    const since = server.log().length;
    for (let round = 1; round <= 5; round += 1) {
      const ticks = keys.map((key, index) => one.work.advance(key, sampleMark(round), versions[index]!));
      for (const [index, version] of (await Promise.all(ticks)).entries()) versions[index] = version;
    }
    assert.ok(versions.every((version) => version !== null));
    const all = statements(since).filter(({ purpose }) => purpose === "marks");
    assert.ok(all.length <= 6, `${all.length} statements for 500 ticks`);
    assert.equal(statements(since).filter(({ text }) => text.includes("pg_notify")).length, 0);
  });

  test("ticks of a viewed user are announced to the node that views, and only those", async () => {
    const ann = downloadKey("ann", "x");
    const bob = downloadKey("bob", "y");
    const seen: number[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of two.work.watch("ann", stop.signal)) {
        if (event.type === "put") seen.push(event.mark.progress.done);
        if (seen.at(-1) === 20) stop.abort();
      }
    })();
    let version: number | null = null;
    let ofBob: number | null = null;
    // The first one tells the watcher that the view has begun; it may still find this by looking.
    await eventually("the other node knows of the view", async () => {
      version = await one.work.advance(ann, sampleMark(0), version);
      return announcedMarks(0).length > 0;
    });
    const since = server.log().length;
    for (let done = 1; done <= 20; done += 1) {
      version = await one.work.advance(ann, sampleMark(done), version);
      ofBob = await one.work.advance(bob, sampleMark(done), ofBob);
    }
    await watching;
    assert.ok(seen.length >= 10, `${seen.length} of 20 ticks arrived one by one`);
    const announced = announcedMarks(since);
    assert.ok(announced.length >= 10, `${announced.length} statements`);
    assert.ok(announced.some((values) => values.includes(ann)));
    assert.ok(!announced.some((values) => values.includes(bob)), "nobody views the other user");
  });
});
