/** @module Members of one cluster, in this process and in others that can be killed, and the tests that each engine passes. */

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import type { LifelineChoice } from "../../src/engines/lifeline/own-lifeline.ts";
import { eventOf, seen, testMember } from "../../src/ports/contracts/membership-contract.ts";
import { type Membership, type NodeId, nodeIdOf } from "../../src/ports/membership.ts";
import { eventually } from "./real-cluster.ts";

/** Too long to expire in a test: every observation has another cause. */
export const NEVER_MS = 3_600_000;

/** A membership in this process. */
export interface OpenMember {
  membership: Membership & { wire: { lifelines: number } };
}

export interface SpawnedMember {
  child: ChildProcess;
  node: NodeId;
}

export interface TestedMembers {
  /** An observer. */
  open(): Promise<OpenMember>;
  join(member?: string): Promise<OpenMember>;
  /** A separate process that has joined. */
  spawn(member: string): Promise<SpawnedMember>;
}

/** Runs a program that joins as this member, says so, and leaves at any message. */
export async function spawnMember(program: string, settings: { member: string }): Promise<SpawnedMember> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = fork(program, [JSON.stringify(settings)], { env });
  await once(child, "message");
  return { child, node: nodeIdOf(testMember(settings.member)) };
}

/** Resolves when this membership would see this many deaths at once. */
export function watching({ membership }: OpenMember, count: number): Promise<unknown> {
  return eventually(`${count} lifelines`, async () => membership.wire.lifelines === count);
}

/** Membership events from now on. */
export function changes({ membership }: { membership: Membership }): string[] {
  const heard: string[] = [];
  membership.watch((event) => {
    const node = event.type === "left" ? event.node : nodeIdOf(event.member);
    heard.push(`${node} ${event.type}`);
  });
  return heard;
}

/** Registers tests. `begin` makes an empty cluster. */
export function testMemberProcesses(
  begin: (leaseMs?: number, lifeline?: LifelineChoice) => TestedMembers,
): void {
  test("a killed process is certainly gone for members, observers and newcomers", async () => {
    const members = begin();
    const here = await members.join();
    const { child, node } = await members.spawn("other");
    const onlooker = await members.open();
    for (const { membership } of [here, onlooker]) await seen(membership, node);
    await watching(here, 1);
    const left = [here, onlooker].map(({ membership }) => eventOf(membership, "left", node));
    child.kill("SIGKILL");
    for (const event of left) assert.equal((await event).certain, true);
    const later = await members.open();
    assert.equal(later.membership.standing(node), "gone");
    assert.deepEqual(later.membership.members(), [testMember("here")]);
  });

  test("two killed at once are both seen by the third", async () => {
    const members = begin();
    const here = await members.join();
    const others = [await members.spawn("a"), await members.spawn("b")];
    await watching(here, 2);
    const left = others.map(({ node }) => eventOf(here.membership, "left", node));
    for (const { child } of others) child.kill("SIGKILL");
    for (const event of left) assert.equal((await event).certain, true);
  });

  test("a member that leaves is certainly gone, even without a lifeline", async () => {
    const members = begin(NEVER_MS, "off");
    const here = await members.join();
    const { child, node } = await members.spawn("other");
    await seen(here.membership, node);
    const left = eventOf(here.membership, "left", node);
    const exited = once(child, "exit");
    child.send("leave");
    assert.equal((await left).certain, true);
    await exited;
  });

  test("a frozen process is presumed gone, and rejoins when it resumes", async () => {
    const members = begin(600);
    const here = await members.join();
    const { child, node } = await members.spawn("other");
    await seen(here.membership, node);
    const left = eventOf(here.membership, "left", node);
    child.kill("SIGSTOP");
    assert.equal((await left).certain, false);
    const joined = eventOf(here.membership, "joined", node);
    child.kill("SIGCONT");
    await joined;
    assert.equal(here.membership.standing(node), "alive");
  });

  test("without lifelines a killed process is detected before its lease expires, a frozen one after", async () => {
    const members = begin(3_000, "off");
    const here = await members.join();
    const killed = await members.spawn("killed");
    const frozen = await members.spawn("frozen");
    for (const { node } of [killed, frozen]) await seen(here.membership, node);
    const heard = changes(here);
    const left = [killed, frozen].map(({ node }) => eventOf(here.membership, "left", node));
    frozen.child.kill("SIGSTOP");
    killed.child.kill("SIGKILL");
    for (const event of left) assert.equal((await event).certain, false);
    assert.deepEqual(heard, [`${killed.node} left`, `${frozen.node} left`]);
  });

  test("in a large cluster eight members watch each one, and all learn of its death", async () => {
    const members = begin();
    const { child, node } = await members.spawn("other");
    const others = await Promise.all(Array.from({ length: 34 }, (_, index) => members.join(`n${index}`)));
    for (const each of others) {
      await eventually("all seen", async () => each.membership.members().length === 35);
      await watching(each, 8);
    }
    const left = others.map(({ membership }) => eventOf(membership, "left", node));
    child.kill("SIGKILL");
    for (const event of left) assert.equal((await event).certain, true);
  });
}
