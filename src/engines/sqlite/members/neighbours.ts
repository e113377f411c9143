/** @module The other members as known to one process of the machine: found, connected, suspected or dead. */

import { unlink } from "node:fs/promises";
import type { Json } from "../../../download/json.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { MembershipState } from "../../../ports/leased-membership.ts";
import { type NodeId, nodeIdOf } from "../../../ports/membership.ts";
import type { Log } from "../../../telemetry/log.ts";
import { isSocketFile } from "../../mesh/address.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { isBusy } from "../sqlite-errors.ts";
import { type Announcement, announcementOf, type MemberMessage, readMemberMessage } from "./announcement.ts";
import { AtWork } from "./at-work.ts";
import { DeadMembers } from "./dead-members.ts";
import type { MemberRow, MemberRows } from "./member-rows.ts";
import { processSign } from "./process-sign.ts";
import { inquire } from "./suspicion.ts";

const CHANNEL = "member";
/** Longest wait for others to answer a newcomer: a frozen one never does. */
const GREETING_MS = 200;
/** Number of certain deaths that a new node and the nodes it hails report to each other. */
const DEAD_TOLD = 200;

export interface NeighboursOptions {
  rows: Pick<MemberRows, "read" | "beat" | "has" | "remove">;
  mesh: Pick<
    Mesh,
    "id" | "address" | "isConnected" | "connect" | "broadcast" | "send" | "subscribe" | "onLost"
  >;
  state: MembershipState;
  /** Where a member of this incarnation listens. */
  addressOf: (incarnation: string) => string;
  clock: Clock;
  log: Log;
}

interface Neighbour {
  node: NodeId;
  announcement: Announcement;
  /** The last beat read in its row; null before its row was seen. */
  beat: number | null;
  suspected: boolean;
  /** Called when the member answers a hail, or dies. */
  answered: (() => void) | null;
}

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #neighbours = new Map<NodeId, Neighbour>();
  readonly #dead: DeadMembers;
  readonly #atWork: AtWork;
  #stopListening: (() => void)[] = [];

  constructor(options: NeighboursOptions) {
    this.#options = options;
    const { clock, state } = options;
    this.#dead = new DeadMembers(clock);
    this.#atWork = new AtWork(clock, state.signal, (node) => this.#markDead(node));
  }

  /** Begins to follow the others. */
  start(): void {
    const { mesh } = this.#options;
    this.#stopListening = [
      mesh.subscribe(CHANNEL, (message, from) => this.#receive(readMemberMessage(message), from)),
      mesh.onLost((peer) => this.#onLost(peer)),
    ];
  }

  stop(): void {
    for (const stop of this.#stopListening) stop();
  }

  /** Sends a heartbeat to all connected nodes, and writes one to the table for the others unless that is locked. */
  beat(): void {
    const own = this.#own();
    if (!own) return;
    this.#options.mesh.broadcast(CHANNEL, this.#message("here", 0));
    this.#attempt(() => this.#options.rows.beat(own));
  }

  sayGoodbye(node: NodeId): void {
    this.#options.mesh.broadcast(CHANNEL, { type: "leave", node });
  }

  /** This peer is doing work, so its death should be noticed at once. */
  sawAtWork(peer: string): void {
    for (const { node, announcement } of this.#neighbours.values()) {
      if (announcement.peer === peer) this.#atWork.saw(node, announcement);
    }
  }

  /** Reads the table: new nodes, signs of life, dead nodes, and nodes that left. */
  lookAround(): void {
    let rows: MemberRow[];
    try {
      rows = this.#options.rows.read();
    } catch (error) {
      this.#options.log.warn({ error }, "members could not be read");
      return;
    }
    const found = new Set(rows.map((row) => this.#readRow(row)));
    for (const { node, beat } of [...this.#neighbours.values()]) {
      // Rows are removed by leaving members, and long after a certain death; never while a member is only silent.
      if (beat !== null && !found.has(node)) this.#markDead(node);
    }
  }

  /** Connects to all, announces this process, and waits briefly until they have received it. */
  async hailAll(): Promise<void> {
    const patience = new AbortController();
    const greetings = [...this.#neighbours.values()].map(async (neighbour) => {
      const answered = new Promise<void>((resolve) => {
        neighbour.answered = resolve;
      });
      if ((await this.#connect(neighbour)) && this.#hail(neighbour)) await answered;
    });
    const all = Promise.all(greetings).then(() => patience.abort());
    await Promise.race([all, this.#options.clock.sleep(GREETING_MS, patience.signal)]);
  }

  /** The process of this member on the mesh, connected; null when it is unknown or can't be reached. */
  async reach(node: NodeId): Promise<string | null> {
    const neighbour = this.#neighbours.get(node);
    return neighbour && (await this.#connect(neighbour)) ? neighbour.announcement.peer : null;
  }

  /** Checks each node without a connection once. */
  reconnect(): void {
    for (const neighbour of [...this.#neighbours.values()]) {
      const { peer, pid, mark } = neighbour.announcement;
      if (neighbour.suspected || this.#options.mesh.isConnected(peer)) continue;
      if (processSign(pid, mark) === "gone") this.#markDead(neighbour.node);
      else void this.#connect(neighbour).then((connected) => connected && this.#hail(neighbour));
    }
  }

  /**
   * Processes that were silent for the lease although they still exist. One without a connection is left out unless the
   * system says that it is stopped: all other nodes may still hear it.
   */
  silentProcesses(): { node: NodeId; pid: number }[] {
    const { state, mesh } = this.#options;
    const silent = [...this.#neighbours.values()].filter(({ node, announcement: { pid, mark, peer } }) => {
      if (state.roster.standing(node) !== "gone" || mark === null) return false;
      const sign = processSign(pid, mark);
      return sign === "stopped" || (sign === "there" && mesh.isConnected(peer));
    });
    return silent.map(({ node, announcement }) => ({ node, pid: announcement.pid }));
  }

  #receive(message: MemberMessage | null, from: string): void {
    if (message?.type === "leave") this.#markDead(message.node);
    if (message === null || message.type === "leave") return;
    for (const node of message.dead) this.#markDead(node);
    if (message.announcement) {
      this.#reviveIfAlive(message.announcement, from);
      this.#meet(message.announcement)?.answered?.();
    }
    if (message.type === "hail") this.#options.mesh.send(from, CHANNEL, this.#message("here", DEAD_TOLD));
  }

  /**
   * A node presumed dead has sent something over its own connection, and its process exists: the report of its death
   * was wrong. A node that left sends nothing afterwards.
   */
  #reviveIfAlive({ member, peer, pid, mark }: Announcement, from: string): void {
    const { log, state } = this.#options;
    const node = nodeIdOf(member);
    if (!state.roster.isDead(node) || peer !== from || !this.#dead.was(node, peer)) return;
    if (processSign(pid, mark) === "gone") return;
    log.warn({ node }, "a node presumed dead is alive");
    this.#dead.forget(node);
    state.roster.revive(node);
  }

  /** Processes a sign of life. Null for one of this process or of a dead member. */
  #meet(announcement: Announcement): Neighbour | null {
    const { mesh, clock } = this.#options;
    const { roster } = this.#options.state;
    const node = nodeIdOf(announcement.member);
    if (announcement.peer === mesh.id || roster.isDead(node)) return null;
    const neighbour = this.#neighbours.get(node) ?? {
      node,
      announcement,
      beat: null,
      suspected: false,
      answered: null,
    };
    this.#neighbours.set(node, neighbour);
    // The table and the sockets race: an earlier message may arrive later.
    if (announcement.revision > neighbour.announcement.revision) neighbour.announcement = announcement;
    roster.hear(neighbour.announcement.member, clock.monotonic());
    return neighbour;
  }

  #readRow({ announcement, beat, incarnation }: MemberRow): NodeId | null {
    if (!announcement) return null;
    const node = nodeIdOf(announcement.member);
    if (announcement.peer === this.#options.mesh.id) return node;
    const { roster, own } = this.#options.state;
    if (roster.isDead(node)) {
      if (own.said && this.#dead.isRowOver(node)) this.#attempt(() => this.#options.rows.remove(incarnation));
    } else if (processSign(announcement.pid, announcement.mark) === "gone")
      this.#markDead(node, announcement);
    else if (this.#neighbours.get(node)?.beat !== beat) this.#readBeat(node, announcement, beat);
    return node;
  }

  /** A connected node's heartbeat arrives directly: its row, read up to a beat later, would only prolong its lease. */
  #readBeat(node: NodeId, announcement: Announcement, beat: number): void {
    const isHeard =
      this.#options.state.roster.standing(node) === "alive" &&
      this.#options.mesh.isConnected(announcement.peer);
    const neighbour = (isHeard ? this.#neighbours.get(node) : null) ?? this.#meet(announcement);
    if (neighbour) neighbour.beat = beat;
  }

  async #connect(neighbour: Neighbour): Promise<boolean> {
    const { mesh } = this.#options;
    const { peer, address } = neighbour.announcement;
    if (address === null) return mesh.isConnected(peer);
    const result = await mesh.connect(peer, address);
    if (result === "refused") this.#markDead(neighbour.node);
    return result === "connected";
  }

  #onLost(peer: string): void {
    for (const neighbour of [...this.#neighbours.values()]) {
      if (neighbour.announcement.peer === peer) void this.#suspect(neighbour);
    }
  }

  async #suspect(neighbour: Neighbour): Promise<void> {
    const { clock, mesh, state } = this.#options;
    const { signal } = state;
    if (neighbour.suspected || signal.aborted) return;
    neighbour.suspected = true;
    const hasRow = () => neighbour.beat === null || this.#hasRow(neighbour.announcement.member.incarnation);
    const verdict = await inquire(neighbour.announcement, { clock, mesh, hasRow, signal });
    neighbour.suspected = false;
    if (verdict === "dead") this.#markDead(neighbour.node);
    if (verdict === "connected") this.#hail(neighbour);
  }

  #hail(neighbour: Neighbour): boolean {
    return this.#options.mesh.send(neighbour.announcement.peer, CHANNEL, this.#message("hail", DEAD_TOLD));
  }

  /** It is gone for certain: notifies watchers, then cleans up what it left behind. */
  #markDead(node: NodeId, announcement = this.#neighbours.get(node)?.announcement): void {
    if (this.#options.state.bury(node)) this.#clearUp(node, announcement);
  }

  #clearUp(node: NodeId, announcement: Announcement | undefined): void {
    const { addressOf, log } = this.#options;
    if (announcement) this.#dead.add(node, announcement.peer);
    this.#atWork.forget(node);
    this.#neighbours.get(node)?.answered?.();
    this.#neighbours.delete(node);
    // Only members clean up; an observer changes nothing.
    if (!announcement || !this.#options.state.own.said) return;
    const address = addressOf(announcement.member.incarnation);
    if (processSign(announcement.pid, announcement.mark) === "there") return;
    if (announcement.address !== address || !isSocketFile(address)) return;
    unlink(address).catch((error) => {
      if (error.code !== "ENOENT") log.warn({ error, address }, "stale socket could not be removed");
    });
  }

  #hasRow(incarnation: string): boolean {
    try {
      return this.#options.rows.has(incarnation);
    } catch {
      // An unreadable state proves nothing.
      return true;
    }
  }

  /** A write that may be skipped while the database is locked; other errors are logged. */
  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isBusy(error)) this.#options.log.warn({ error }, "members could not be written");
    }
  }

  /** This process as a member; null while it announces nothing. */
  #own(): Announcement | null {
    const { state, mesh } = this.#options;
    return state.own.said && announcementOf(state.own.said, mesh);
  }

  #message(type: "here" | "hail", dead: number): Json {
    const announcement = this.#own() as unknown as Json;
    return { type, announcement, dead: dead === 0 ? [] : this.#options.state.roster.recentlyDead(dead) };
  }
}
