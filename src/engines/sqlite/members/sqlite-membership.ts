/** @module Membership of the processes of one machine: found by a table, watched by a mesh of sockets. */

import type { DatabaseSync } from "node:sqlite";
import { UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import {
  type LeasedMembership,
  type MembershipState,
  type MembershipWire,
  openLeasedMembership,
} from "../../../ports/leased-membership.ts";
import { type Command, type Member, type NodeId, nodeIdOf } from "../../../ports/membership.ts";
import type { Said } from "../../../ports/own-member.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { hasNoRoom, isBusy } from "../sqlite-errors.ts";
import { LockPatience } from "../sqlite-patience.ts";
import { type Announcement, announcementOf } from "./announcement.ts";
import { MemberRows } from "./member-rows.ts";
import { MeshAsks } from "./mesh-asks.ts";
import { Neighbours } from "./neighbours.ts";

/** Longest wait of `join` for the database to be writable. */
const JOIN_MS = 10_000;
/** Longest wait of `leave` for the same. */
const LEAVE_MS = 500;

export interface SqliteMembershipOptions {
  /** A dedicated connection, closed with the membership. Durability only costs time here: "normal" suffices. */
  database: DatabaseSync;
  /** Not closed with the membership. */
  mesh: Mesh;
  /** Where a member of this incarnation listens. */
  addressOf: (incarnation: string) => string;
  clock: Clock;
  log: Log;
  /** Silence after which a member is presumed gone. Signs of life are sent three times as often. */
  leaseMs: number;
  /** Called if the disk has no space for its row: true if space was freed. */
  onFull?: (() => boolean) | undefined;
}

/**
 * A killed process is detected by its closed connection, confirmed by the system, and reported as certain after some
 * milliseconds. A frozen one is reported as uncertain when neither sockets nor table had a sign of it for the lease,
 * and rejoins with its next one.
 */
export type SqliteMembership = LeasedMembership<SqliteMembers>;

export function openSqliteMembership(options: SqliteMembershipOptions): Promise<SqliteMembership> {
  return openLeasedMembership(options, (state) => new SqliteMembers(options, state));
}

class SqliteMembers implements MembershipWire {
  readonly ticksPerLease = 3;
  readonly #rows: MemberRows;
  readonly #options: SqliteMembershipOptions;
  readonly #neighbours: Neighbours;
  readonly #asks: MeshAsks;

  constructor(options: SqliteMembershipOptions, state: MembershipState) {
    this.#options = options;
    this.#rows = new MemberRows(options.database);
    this.#asks = new MeshAsks(options.mesh, options.clock);
    this.#neighbours = new Neighbours({ ...options, rows: this.#rows, state });
  }

  async open(): Promise<void> {
    this.#neighbours.start();
    this.#neighbours.lookAround();
    await this.#neighbours.hailAll();
  }

  async enter(said: Said): Promise<boolean> {
    await this.#listen(said.member.incarnation);
    return await this.#insert(announcementOf(said, this.#options.mesh));
  }

  async introduce(node: NodeId, onAsked: (command: Command) => void): Promise<void> {
    this.#asks.serve(node, onAsked);
    // Its own row first, then the others': of two that join at the same moment, at least one sees the other.
    this.#neighbours.lookAround();
    await this.#neighbours.hailAll();
  }

  beat(): void {
    this.#neighbours.beat();
  }

  tick(): void {
    this.#neighbours.beat();
    this.#neighbours.lookAround();
    this.#neighbours.reconnect();
  }

  hears(): boolean {
    this.#neighbours.lookAround();
    return true;
  }

  async leave(member: Member): Promise<void> {
    this.#neighbours.sayGoodbye(nodeIdOf(member));
    await this.#removeRow(member.incarnation);
  }

  async ask(node: NodeId, command: Command, timeoutMs: number, id: string): Promise<boolean> {
    const peer = await this.#neighbours.reach(node);
    return peer !== null && (await this.#asks.ask(peer, { ask: command, node, id }, timeoutMs));
  }

  /** The process behind this connection writes records: its death is noticed within milliseconds. */
  sawAtWork(peer: string): void {
    this.#neighbours.sawAtWork(peer);
  }

  /** Members that lost their lease although their process still exists, such as frozen ones. */
  silentProcesses(): { node: NodeId; pid: number }[] {
    return this.#neighbours.silentProcesses();
  }

  close(): void {
    this.#neighbours.stop();
    this.#asks.close();
    this.#rows.close();
  }

  /** Without a socket it is still found by its row; only its death is detected later. */
  async #listen(incarnation: string): Promise<void> {
    const { mesh, addressOf, log } = this.#options;
    try {
      await mesh.listen(addressOf(incarnation));
    } catch (error) {
      log.warn({ error }, "this node can't listen for peers; they will detect its death later");
    }
  }

  /** False if this incarnation already has a row. */
  async #insert(announcement: Announcement): Promise<boolean> {
    const patience = new LockPatience({ clock: this.#options.clock, busyLimitMs: JOIN_MS });
    try {
      return await patience.run(() => this.#insertOnce(announcement));
    } catch (cause) {
      throw new UnavailableError("this node can't be added to the members", { cause });
    }
  }

  /** Nodes must be able to start on a full disk, or nothing could free it. */
  #insertOnce(announcement: Announcement): boolean {
    try {
      return this.#rows.insert(announcement);
    } catch (error) {
      if (!hasNoRoom(error) || !this.#options.onFull?.()) throw error;
      return this.#rows.insert(announcement);
    }
  }

  /** A leftover row is removed by others when they find no listener at its address. */
  async #removeRow(incarnation: string): Promise<void> {
    const patience = new LockPatience({ clock: this.#options.clock, busyLimitMs: LEAVE_MS });
    try {
      await patience.run(() => this.#rows.remove(incarnation));
    } catch (error) {
      if (!isBusy(error))
        this.#options.log.warn({ error }, "this node could not be removed from the members");
    }
  }
}
