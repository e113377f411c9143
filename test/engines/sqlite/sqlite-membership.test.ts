import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { socketAddress } from "../../../src/engines/mesh/address.ts";
import { Mesh } from "../../../src/engines/mesh/mesh.ts";
import {
  openSqliteMembership,
  type SqliteMembership,
} from "../../../src/engines/sqlite/members/sqlite-membership.ts";
import { openDatabase } from "../../../src/engines/sqlite/sqlite-database.ts";
import {
  eventOf,
  membershipContract,
  seen,
  testMember,
} from "../../../src/ports/contracts/membership-contract.ts";
import { nodeIdOf } from "../../../src/ports/membership.ts";
import { silentLog } from "../../../src/telemetry/log.ts";

/** Started again as `child DIR NAME LEASE SOCKETS`, this file is a process that joins. */
const [role, childDir, childName, childLease, childSockets] = process.argv.slice(2);
if (role === "child") await runChild();
else tests();

interface Opened {
  mesh: Mesh;
  membership: SqliteMembership;
}

async function open(dir: string, leaseMs: number, sockets = true): Promise<Opened> {
  const mesh = new Mesh({ id: clock.id(), log: silentLog });
  const membership = await openSqliteMembership({
    database: await openDatabase({ path: join(dir, "carryout.db"), clock, check: false }),
    mesh,
    addressOf: (incarnation) => socketAddress(sockets ? dir : join(dir, "missing"), incarnation),
    clock,
    log: silentLog,
    leaseMs,
  });
  return { mesh, membership };
}

async function runChild(): Promise<void> {
  const { membership, mesh } = await open(childDir!, Number(childLease), childSockets === "true");
  process.once("disconnect", () => process.exit());
  process.on("message", async () => {
    await membership.close();
    await mesh.close();
    process.disconnect();
  });
  await membership.join(testMember(childName!));
  process.send!(mesh.address);
}

function tests(): void {
  let dir: string;
  let opened: Opened[];
  let children: ChildProcess[];

  const setUp = async () => {
    dir = await mkdtemp(join(tmpdir(), "carryout-members-"));
    await mkdir(join(dir, "nodes"));
    opened = [];
    children = [];
  };
  const tearDown = async () => {
    for (const child of children) child.kill("SIGKILL");
    for (const { membership, mesh } of opened) {
      await membership.close();
      await mesh.close();
    }
    await rm(dir, { recursive: true });
  };
  const openHere = async (leaseMs: number, sockets = true) => {
    const node = await open(dir, leaseMs, sockets);
    opened.push(node);
    return node.membership;
  };
  const spawn = async (name: string, leaseMs: number, sockets = true) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = fork(import.meta.filename, ["child", dir, name, String(leaseMs), String(sockets)], { env });
    children.push(child);
    const [address] = await once(child, "message");
    return { child, address: address as string, node: nodeIdOf(testMember(name)) };
  };

  membershipContract("sqlite", async () => {
    await setUp();
    return {
      open: () => openHere(3_000),
      slander: (node) => {
        for (const { mesh } of opened) mesh.broadcast("member", { type: "leave", node });
      },
      dispose: tearDown,
    };
  });

  describe("sqlite membership between processes", () => {
    beforeEach(setUp);
    afterEach(tearDown);
    /** Too long to expire in a test: every observation comes from a definite sign. */
    const never = 3_600_000;
    /** Short, but not shorter than a busy machine may hold up a process. */
    const LEASE_MS = 1_000;

    test("a killed process is certainly gone for members and observers, and leaves nothing behind", async () => {
      const here = await openHere(never);
      await here.join(testMember("here"));
      const { child, address, node } = await spawn("other", never);
      const onlooker = await openHere(never);
      for (const view of [here, onlooker]) await seen(view, node);
      const left = [here, onlooker].map((view) => eventOf(view, "left", node));
      child.kill("SIGKILL");
      for (const event of left) assert.equal((await event).certain, true);
      assert.equal(here.standing(node), "gone");
      while (existsSync(address)) await new Promise(setImmediate);
      const later = await openHere(never);
      assert.equal(later.standing(node), "gone");
    });

    test("two killed at once are both seen by the third", async () => {
      const here = await openHere(never);
      await here.join(testMember("here"));
      const others = [await spawn("a", never), await spawn("b", never)];
      for (const { node } of others) await seen(here, node);
      const left = others.map(({ node }) => eventOf(here, "left", node));
      for (const { child } of others) child.kill("SIGKILL");
      for (const event of left) assert.equal((await event).certain, true);
    });

    test("after all were killed, the next to join sees at once that they are gone", async () => {
      const others = [await spawn("a", never), await spawn("b", never)];
      // One after the other: the second has seen the first die, but this knowledge is lost with it.
      for (const { child } of others) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      const here = await openHere(never);
      for (const { node } of others) assert.equal(here.standing(node), "gone");
      await here.join(testMember("here"));
      assert.deepEqual(here.members(), [testMember("here")]);
      const next = await openHere(never);
      assert.deepEqual(next.members(), [testMember("here")]);
      for (const { node } of others) assert.equal(next.standing(node), "gone");
    });

    test("a member that leaves is certainly gone", async () => {
      const here = await openHere(never);
      await here.join(testMember("here"));
      const { child, node } = await spawn("other", never);
      await seen(here, node);
      const left = eventOf(here, "left", node);
      const exited = once(child, "exit");
      child.send("leave");
      assert.equal((await left).certain, true);
      await exited;
    });

    test("a frozen process is presumed gone, and rejoins when it resumes", async () => {
      const here = await openHere(LEASE_MS);
      await here.join(testMember("here"));
      const { child, node } = await spawn("other", LEASE_MS);
      await seen(here, node);
      const left = eventOf(here, "left", node);
      child.kill("SIGSTOP");
      assert.equal((await left).certain, false);
      assert.deepEqual(here.wire.silentProcesses(), [{ node, pid: child.pid }]);
      const joined = eventOf(here, "joined", node);
      child.kill("SIGCONT");
      await joined;
      assert.equal(here.standing(node), "alive");
      assert.deepEqual(here.wire.silentProcesses(), []);
    });

    test("a frozen process does not keep a newcomer from joining, and its later death is noticed", async () => {
      const { child, node } = await spawn("other", LEASE_MS);
      child.kill("SIGSTOP");
      const here = await openHere(LEASE_MS);
      await here.join(testMember("here"));
      if (here.standing(node) === "alive") await eventOf(here, "left", node);
      child.kill("SIGKILL");
      await once(child, "exit");
      const later = await openHere(LEASE_MS);
      assert.notEqual(later.standing(node), "alive");
    });

    test("without sockets the table alone shows live, frozen and dead members", async () => {
      const here = await openHere(LEASE_MS, false);
      await here.join(testMember("here"));
      const frozen = await spawn("frozen", LEASE_MS, false);
      const killed = await spawn("killed", LEASE_MS, false);
      assert.equal(frozen.address, null);
      for (const { node } of [frozen, killed]) await seen(here, node);
      const left = [frozen, killed].map(({ node }) => eventOf(here, "left", node));
      killed.child.kill("SIGKILL");
      frozen.child.kill("SIGSTOP");
      assert.deepEqual(
        (await Promise.all(left)).map(({ certain }) => certain),
        [false, true],
      );
      const joined = eventOf(here, "joined", frozen.node);
      frozen.child.kill("SIGCONT");
      await joined;
    });

    test("a locked table delays no heartbeat: those go over the sockets", async () => {
      const here = await openHere(LEASE_MS);
      await here.join(testMember("here"));
      const { node } = await spawn("other", LEASE_MS);
      await seen(here, node);
      const blocker = await openDatabase({ path: join(dir, "carryout.db"), clock, check: false });
      blocker.exec("BEGIN IMMEDIATE");
      const changes: string[] = [];
      here.watch(({ type }) => changes.push(type));
      await clock.sleep(2.5 * LEASE_MS);
      blocker.exec("ROLLBACK");
      blocker.close();
      assert.deepEqual(changes, []);
      assert.equal(here.standing(node), "alive");
    });
  });
}
