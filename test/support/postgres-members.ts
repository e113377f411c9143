/** @module Members of one cluster on a real PostgreSQL: some in this process, some in processes that can be killed. */

import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock as clock } from "../../src/clock/system.ts";
import type { LifelineChoice } from "../../src/engines/lifeline/own-lifeline.ts";
import {
  openPostgresMembership,
  type PostgresMembership,
} from "../../src/engines/postgres/members/postgres-membership.ts";
import { postgresTarget } from "../../src/engines/postgres/postgres-login.ts";
import { readPostgresUrl } from "../../src/engines/postgres/postgres-url.ts";
import { prepareSchema } from "../../src/engines/postgres/schema/prepare-schema.ts";
import { type PostgresServer, reachServer } from "../../src/engines/postgres/session/postgres-server.ts";
import type { PostgresSession } from "../../src/engines/postgres/session/postgres-session.ts";
import { testMember } from "../../src/ports/contracts/membership-contract.ts";
import { type NodeId, nodeIdOf } from "../../src/ports/membership.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import { type SpawnedMember, spawnMember } from "./member-processes.ts";

export interface MemberSettings {
  url: string;
  leaseMs: number;
  lifeline?: LifelineChoice | undefined;
}

export interface OpenMember {
  server: PostgresServer;
  session: PostgresSession;
  membership: PostgresMembership;
}

export interface LocalMember extends OpenMember {
  node: NodeId;
}

const PROGRAM = fileURLToPath(new URL("postgres-member.ts", import.meta.url));

/** Opens a membership that has not joined, and what it needs. */
export async function openPostgresMember({
  url,
  leaseMs,
  lifeline = {},
}: MemberSettings): Promise<OpenMember> {
  const target = postgresTarget(readPostgresUrl(url), {});
  const server = await reachServer({ target, node: "test", clock, log });
  await prepareSchema(server);
  const session = await server.session("members");
  const membership = await openPostgresMembership({ server, session, clock, log, leaseMs, lifeline });
  return { server, session, membership };
}

export class PostgresMembers {
  readonly url: string;
  readonly #settings: MemberSettings;
  readonly #opened: OpenMember[] = [];
  readonly #children: ChildProcess[] = [];

  /** In a schema of their own on this server. */
  constructor(server: { url: string }, options: Omit<MemberSettings, "url">) {
    this.url = `${server.url}?schema=m_${clock.id().toLowerCase().replaceAll("-", "_")}`;
    this.#settings = { ...options, url: this.url };
  }

  async open(member = "onlooker", change: Partial<MemberSettings> = {}): Promise<LocalMember> {
    const opened = await openPostgresMember({ ...this.#settings, ...change });
    this.#opened.push(opened);
    return { ...opened, node: nodeIdOf(testMember(member)) };
  }

  async join(member = "here", change: Partial<MemberSettings> = {}): Promise<LocalMember> {
    const opened = await this.open(member, change);
    await opened.membership.join(testMember(member));
    return opened;
  }

  /** A separate process that has joined. */
  async spawn(member: string): Promise<SpawnedMember> {
    const spawned = await spawnMember(PROGRAM, { ...this.#settings, member });
    this.#children.push(spawned.child);
    return spawned;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const { membership, session } of this.#opened) {
      await membership.close();
      await session.close();
    }
  }
}
