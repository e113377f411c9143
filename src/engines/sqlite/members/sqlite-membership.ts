/** @module Membership of the processes of one machine: found by a table, watched by a mesh of sockets. */

import type { DatabaseSync } from "node:sqlite";
import { CarryoutError, UnavailableError } from "../../../errors.ts";
import { askUntilHeard } from "../../../ports/asking.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import {
  type Command,
  type Member,
  type Membership,
  type MembershipEvent,
  type NodeId,
  nodeIdOf,
} from "../../../ports/membership.ts";
import { Roster } from "../../../ports/roster.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { hasNoRoom, isBusy } from "../sqlite-errors.ts";
import { Patience } from "../sqlite-patience.ts";
import type { Announcement } from "./announcement.ts";
import { MemberRows } from "./member-rows.ts";
import { MeshAsks } from "./mesh-asks.ts";
import { Neighbours } from "./neighbours.ts";
import { processMark } from "./process-sign.ts";

/** Longest wait of `join` for the database to be writable. */
const JOIN_MS = 10_000;
/** Longest wait of `leave` for the same. */
const LEAVE_MS = 500;

export interface SqliteMembershipOptions {
  /** A connection of its own, closed with the membership. Durability costs only time here: "normal" will do. */
  database: DatabaseSync;
  /** Not closed with the membership. */
  mesh: Mesh;
  /** Where a member of this incarnation listens. */
  addressOf: (incarnation: string) => string;
  clock: Clock;
  log: Log;
  /** Silence after which a member is taken for gone. Signs of life are given three times as often. */
  leaseMs: number;
  /** Called when the disk has no room for its row: true when room was made. */
  onFull?: (() => boolean) | undefined;
}

/** Opens the membership and looks around: before it joins, and also if it never does, it sees the others. */
export async function openSqliteMembership(options: SqliteMembershipOptions): Promise<SqliteMembership> {
  const membership = new SqliteMembership(options);
  await membership.start();
  return membership;
}

/**
 * A killed process is seen by its closed connection, confirmed by the system, and reported certain after some
 * milliseconds. A frozen one is reported, uncertain, when neither sockets nor table bore a sign of it for the lease,
 * and joins again with its next sign. Made by `openSqliteMembership`.
 */
export class SqliteMembership implements Membership {
  readonly #rows: MemberRows;
  readonly #options: SqliteMembershipOptions;
  readonly #roster: Roster;
  readonly #neighbours: Neighbours;
  readonly #asks: MeshAsks;
  readonly #handlers = new Set<(event: MembershipEvent) => void>();
  readonly #closing = new AbortController();
  #beatTimer: Cancel | null = null;
  #expiryTimer: Cancel | null = null;
  #hasJoined = false;
  #onAsked: (command: Command) => void = () => {};

  constructor(options: SqliteMembershipOptions) {
    this.#options = options;
    this.#rows = new MemberRows(options.database);
    this.#roster = new Roster(options.leaseMs, (event) => this.#emit(event));
    this.#asks = new MeshAsks(options.mesh, options.clock);
    this.#neighbours = new Neighbours({
      ...options,
      rows: this.#rows,
      roster: this.#roster,
      signal: this.#closing.signal,
    });
  }

  /** Called once, by `openSqliteMembership`. */
  async start(): Promise<void> {
    this.#neighbours.start();
    this.#neighbours.lookAround();
    await this.#neighbours.hailAll();
    this.#scheduleBeat();
  }

  async join(self: Member, onAsked: (command: Command) => void = () => {}): Promise<void> {
    this.#checkOpen();
    if (this.#hasJoined) throw new TypeError("a membership joins once");
    this.#hasJoined = true;
    const announcement: Announcement = {
      member: { ...self },
      revision: 0,
      peer: this.#options.mesh.id,
      address: await this.#listen(self.incarnation),
      pid: process.pid,
      mark: processMark(),
    };
    if (!(await this.#insert(announcement))) throw usedBefore(self);
    this.#neighbours.self = announcement;
    this.#asks.serve(nodeIdOf(self), onAsked);
    this.#onAsked = onAsked;
    // Its own row first, then the others': of two that join at the same moment, one at least sees the other.
    this.#neighbours.lookAround();
    await this.#neighbours.hailAll();
    if (this.#neighbours.isDisowned) {
      this.#neighbours.self = null;
      await this.#removeRow(self.incarnation);
      throw usedBefore(self);
    }
    this.#neighbours.hasJoined = true;
    this.#roster.hear(announcement.member, Number.POSITIVE_INFINITY);
  }

  async update(change: Partial<Pick<Member, "draining" | "url" | "capacity">>): Promise<void> {
    this.#checkOpen();
    const { self } = this.#neighbours;
    if (!self) throw new TypeError("join before you update");
    const member = { ...self.member, ...change };
    this.#neighbours.self = { ...self, member, revision: self.revision + 1 };
    this.#neighbours.beat();
    this.#roster.hear(member, Number.POSITIVE_INFINITY);
  }

  async leave(): Promise<void> {
    const { self } = this.#neighbours;
    if (!self) return;
    this.#neighbours.self = null;
    this.#neighbours.sayGoodbye(nodeIdOf(self.member));
    this.#roster.bury(nodeIdOf(self.member));
    await this.#removeRow(self.member.incarnation);
  }

  async ask(node: NodeId, command: Command): Promise<boolean> {
    this.#checkOpen();
    const { self } = this.#neighbours;
    if (self && nodeIdOf(self.member) === node) {
      this.#onAsked(command);
      return true;
    }
    return await askUntilHeard(this.#options.clock, async (timeoutMs) => {
      const peer = await this.#neighbours.reach(node);
      return peer !== null && (await this.#asks.ask(peer, node, command, timeoutMs));
    });
  }

  members(): Member[] {
    return this.#roster.members();
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    return this.#roster.standing(node);
  }

  watch(handler: (event: MembershipEvent) => void): () => void {
    this.#checkOpen();
    const subscription = (event: MembershipEvent) => handler(event);
    this.#handlers.add(subscription);
    return () => this.#handlers.delete(subscription);
  }

  /** The process behind this connection writes records: its death is noticed within milliseconds. */
  sawAtWork(peer: string): void {
    this.#neighbours.sawAtWork(peer);
  }

  /** Members that lost their lease although their process is still there, as a frozen one is. */
  silentProcesses(): { node: NodeId; pid: number }[] {
    return this.#neighbours.silentProcesses();
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await this.leave();
    this.#closing.abort();
    this.#beatTimer?.();
    this.#expiryTimer?.();
    this.#neighbours.stop();
    this.#asks.close();
    this.#handlers.clear();
    this.#rows.close();
  }

  /** Without a socket it is still found by its row; only its death is noticed later. */
  async #listen(incarnation: string): Promise<string | null> {
    const { mesh, addressOf, log } = this.#options;
    try {
      await mesh.listen(addressOf(incarnation));
    } catch (error) {
      log.warn({ error }, "this node can't listen for the others: they will notice its death later");
    }
    return mesh.address;
  }

  /** False when this incarnation has a row already. */
  async #insert(announcement: Announcement): Promise<boolean> {
    const patience = new Patience({ clock: this.#options.clock, busyLimitMs: JOIN_MS });
    try {
      return await patience.run(() => this.#insertOnce(announcement));
    } catch (cause) {
      throw new UnavailableError("this node can't be entered among the members", { cause });
    }
  }

  /** Nobody could free a full disk if no node could start on it. */
  #insertOnce(announcement: Announcement): boolean {
    try {
      return this.#rows.insert(announcement);
    } catch (error) {
      if (!hasNoRoom(error) || !this.#options.onFull?.()) throw error;
      return this.#rows.insert(announcement);
    }
  }

  /** A row that stays behind is removed by others, when they find that nobody listens at its address. */
  async #removeRow(incarnation: string): Promise<void> {
    const patience = new Patience({ clock: this.#options.clock, busyLimitMs: LEAVE_MS });
    try {
      await patience.run(() => this.#rows.remove(incarnation));
    } catch (error) {
      if (!isBusy(error))
        this.#options.log.warn({ error }, "this node could not be removed from the members");
    }
  }

  #emit(event: MembershipEvent): void {
    // Whoever is heard has a lease that can end.
    if (event.type === "joined" && !this.#expiryTimer) this.#scheduleExpiry();
    for (const handler of [...this.#handlers]) handler(event);
  }

  #scheduleBeat(): void {
    const { clock, leaseMs } = this.#options;
    const due = clock.monotonic() + leaseMs / 3;
    this.#beatTimer = clock.after(leaseMs / 3, () => {
      this.#pardonAfterFreeze(due);
      this.#neighbours.beat();
      this.#neighbours.lookAround();
      this.#neighbours.reconnect();
      if (!this.#closing.signal.aborted) this.#scheduleBeat();
    });
  }

  #scheduleExpiry(): void {
    const { clock } = this.#options;
    const due = this.#roster.nextExpiry();
    this.#expiryTimer = null;
    if (due === null || this.#closing.signal.aborted) return;
    this.#expiryTimer = clock.after(Math.max(due - clock.monotonic(), 0), () => {
      this.#pardonAfterFreeze(due);
      this.#neighbours.lookAround();
      this.#roster.expire(clock.monotonic());
      this.#scheduleExpiry();
    });
  }

  /** Timers that come late mean that this process stood still: it could not have heard anybody. */
  #pardonAfterFreeze(due: number): void {
    const { clock, leaseMs, log } = this.#options;
    const lateMs = clock.monotonic() - due;
    if (lateMs < leaseMs / 2) return;
    this.#roster.pardon(clock.monotonic());
    if (lateMs >= leaseMs)
      log.warn({ lateMs: Math.round(lateMs) }, "this process stood still for longer than its lease");
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new CarryoutError("closed", "this membership is closed");
  }
}

function usedBefore(member: Member): CarryoutError {
  return new CarryoutError("invalid-request", `the incarnation ${nodeIdOf(member)} was used before`);
}
