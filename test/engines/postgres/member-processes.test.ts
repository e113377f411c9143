import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import type { LifelineChoice } from "../../../src/engines/lifeline/own-lifeline.ts";
import { eventOf, seen, testMember } from "../../../src/ports/contracts/membership-contract.ts";
import { changes, NEVER_MS, testMemberProcesses, watching } from "../../support/member-processes.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresMembers } from "../../support/postgres-members.ts";
import { eventually } from "../../support/real-cluster.ts";

describe("membership on PostgreSQL between processes", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let members: PostgresMembers;
  before(async () => {
    server = await PostgresServer.start({ settings: { max_connections: "300" } });
  });
  after(() => server?.stop());
  afterEach(() => members.close());

  const begin = (leaseMs = NEVER_MS, lifeline: LifelineChoice = {}) => {
    members = new PostgresMembers(server, { leaseMs, lifeline });
    return members;
  };
  const table = () => `${new URL(members.url).searchParams.get("schema")}.member`;

  testMemberProcesses(begin);

  test("an unknown member is looked up, and gone when it has no row", async () => {
    begin();
    const { membership: here } = await members.open();
    const { node } = await members.spawn("other");
    const gone = eventOf(here, "left", "never/heard-of");
    assert.equal(here.standing("never/heard-of"), "unknown");
    await gone;
    assert.equal(here.standing("never/heard-of"), "gone");
    await seen(here, node);
  });

  test("after all were killed, the next to join need not wait for a lease", async () => {
    begin();
    const { child, node } = await members.spawn("other");
    child.kill("SIGKILL");
    await once(child, "exit");
    const { membership: here } = await members.open();
    const gone = here.standing(node) === "gone" ? null : eventOf(here, "left", node);
    assert.equal((await gone)?.certain ?? false, false);
    assert.equal(here.standing(node), "gone");
  });

  test("an incarnation already in use is refused, and keeps its lock", async () => {
    begin();
    const { node } = await members.spawn("other");
    const { membership } = await members.open();
    await seen(membership, node);
    const heard = changes({ membership });
    await assert.rejects(membership.join(testMember("other")), { code: "invalid-request" });
    assert.equal(membership.standing(node), "alive");
    assert.deepEqual(heard, []);
  });

  test("a member whose session an operator ends takes its lock again, and is never reported gone", async () => {
    begin();
    const here = await members.join();
    const other = await members.join("other");
    await seen(here.membership, other.node);
    const heard = changes(here);
    const { pid } = other.session.connection!;
    await server.query("SELECT pg_terminate_backend($1)", [pid]);
    await eventually("connected again", async () => (other.session.connection?.pid ?? pid) !== pid);
    await eventually("the lock is taken again", async () => {
      const [row] = await server.query<{ isFree: boolean }>(
        `SELECT pg_try_advisory_xact_lock_shared(lock) AS "isFree" FROM ${table()} WHERE node = $1`,
        [other.node],
      );
      return row?.isFree === false;
    });
    const changed = eventOf(here.membership, "changed", other.node);
    await other.membership.update({ capacity: 9 });
    await changed;
    assert.deepEqual(heard, [`${other.node} changed`]);
  });

  test("when the server is killed and starts again, nobody is reported gone, and locks are taken again", async () => {
    begin();
    const here = await members.join();
    const other = await members.join("other");
    const third = await members.spawn("third");
    for (const { node } of [other, third]) await seen(here.membership, node);
    const heard = changes(here);
    await server.kill();
    await eventually("cut off", async () => here.session.cutOffMs() !== null);
    await server.launch();
    await eventually("all locks are held again", async () => {
      const rows = await server.query<{ isFree: boolean | null }>(
        `SELECT pg_try_advisory_xact_lock_shared(lock) AS "isFree" FROM ${table()}`,
      );
      return rows.length === 3 && rows.every(({ isFree }) => isFree === false);
    });
    const changed = eventOf(here.membership, "changed", other.node);
    await other.membership.update({ capacity: 9 });
    await changed;
    assert.deepEqual(heard, [`${other.node} changed`]);
    await watching(here, 2);
    const left = eventOf(here.membership, "left", third.node);
    third.child.kill("SIGKILL");
    assert.equal((await left).certain, true);
  });

  test("a higher timeline is passed on over the lifelines alone", async () => {
    begin();
    const here = await members.join();
    const other = await members.join("other");
    await seen(here.membership, other.node);
    await watching(here, 1);
    const { system, timeline } = other.server.timelines.highest()!;
    const raised = new Promise<void>((resolve) => here.server.timelines.onRaise(resolve));
    other.server.timelines.note({ system, timeline: timeline + 1 });
    await raised;
    assert.equal(here.server.timelines.highest()?.timeline, timeline + 1);
    assert.ok(here.session.cutOffMs() !== null, "it has left the server that was replaced");
  });

  test("rows of another version or without sense change nothing", async () => {
    begin();
    const here = await members.join();
    const heard = changes(here);
    for (const [index, text] of ["", "null", "[]", "{", '{"member":{"name":7}}'].entries()) {
      await server.query(`INSERT INTO ${table()} (node, announcement, revision) VALUES ($1, $2, 0)`, [
        `odd/${index}`,
        text,
      ]);
    }
    const other = await members.join("other");
    await seen(here.membership, other.node);
    assert.deepEqual(heard, [`${other.node} joined`]);
  });
});
