/** @module Members of one cluster on real nats-servers: some in this process, some in processes that can be killed. */

import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock as clock } from "../../src/clock/system.ts";
import type { LifelineChoice } from "../../src/engines/lifeline/own-lifeline.ts";
import { type NatsLink, openNatsLink } from "../../src/engines/nats/jetstream/connection.ts";
import { type NatsMembership, openNatsMembership } from "../../src/engines/nats/members/nats-membership.ts";
import { testMember } from "../../src/ports/contracts/membership-contract.ts";
import { type NodeId, nodeIdOf } from "../../src/ports/membership.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import { type SpawnedMember, spawnMember } from "./member-processes.ts";
import type { NatsServers } from "./nats-servers.ts";

export interface MemberSettings {
  servers: string[];
  name: string;
  member: string;
  leaseMs: number;
  lifeline: LifelineChoice;
}

export interface LocalMember {
  link: NatsLink;
  membership: NatsMembership;
  node: NodeId;
}

const PROGRAM = fileURLToPath(new URL("nats-member.ts", import.meta.url));

export class NatsMembers {
  readonly name = clock.id();
  readonly #servers: NatsServers;
  readonly #leaseMs: number;
  readonly #lifeline: LifelineChoice;
  readonly #opened: LocalMember[] = [];
  readonly #children: ChildProcess[] = [];

  constructor(servers: NatsServers, options: { leaseMs: number; lifeline?: LifelineChoice }) {
    this.#servers = servers;
    this.#leaseMs = options.leaseMs;
    this.#lifeline = options.lifeline ?? {};
  }

  /** An observer that prefers the server with this index. */
  async open(member = "onlooker", server = 0, lifeline = this.#lifeline): Promise<LocalMember> {
    const { name } = this;
    const connection = { servers: this.#addresses(server), noRandomize: true };
    const link = await openNatsLink({ connection, name, clock, log });
    const leaseMs = this.#leaseMs;
    const membership = await openNatsMembership({ link, name, clock, log, leaseMs, lifeline });
    const opened = { link, membership, node: nodeIdOf(testMember(member)) };
    this.#opened.push(opened);
    return opened;
  }

  async join(member = "here", server = 0, lifeline = this.#lifeline): Promise<LocalMember> {
    const opened = await this.open(member, server, lifeline);
    await opened.membership.join(testMember(member));
    return opened;
  }

  /** A separate process that has joined. */
  async spawn(member: string, server = 0): Promise<SpawnedMember> {
    const settings: MemberSettings = {
      servers: this.#addresses(server),
      name: this.name,
      member,
      leaseMs: this.#leaseMs,
      lifeline: this.#lifeline,
    };
    const spawned = await spawnMember(PROGRAM, settings);
    this.#children.push(spawned.child);
    return spawned;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const { membership, link } of this.#opened) {
      await membership.close();
      await link.close();
    }
  }

  #addresses(first: number): string[] {
    const { addresses } = this.#servers;
    return [...addresses.slice(first), ...addresses.slice(0, first)];
  }
}
