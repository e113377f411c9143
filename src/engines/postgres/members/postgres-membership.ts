/** @module Membership over PostgreSQL: heartbeats in a table, a lock for each node, and a lifeline between every two. */

import type { Clock } from "../../../ports/clock.ts";
import {
  type LeasedMembership,
  type MembershipState,
  type MembershipWire,
  openLeasedMembership,
} from "../../../ports/leased-membership.ts";
import {
  type Command,
  type Member,
  type MembershipEvent,
  type NodeId,
  nodeIdOf,
} from "../../../ports/membership.ts";
import type { Said } from "../../../ports/own-member.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { Announcement } from "../../lifeline/announcement.ts";
import { type LifelineChoice, type OwnLifeline, openOwnLifeline } from "../../lifeline/own-lifeline.ts";
import type { Links } from "../feed/links.ts";
import { channelOf } from "../schema/names.ts";
import { Patience } from "../session/patience.ts";
import type { PostgresServer } from "../session/postgres-server.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { MemberLock } from "./member-lock.ts";
import { type Beat, MemberRows, memberLock } from "./member-rows.ts";
import { PostgresPeers } from "./postgres-peers.ts";
import { encodeTimeline, readTimeline } from "./timeline-note.ts";

/** Longest wait of `leave` until the server has its row. */
const LEAVE_MS = 500;
/** Rows of nodes that are long gone are looked for once in this many ticks. */
const SWEEP_TICKS = 100;

export interface PostgresMembershipOptions {
  server: Pick<PostgresServer, "target" | "pooling" | "timelines">;
  /** For the members alone: holds this node's lock. Not closed with the membership. */
  session: PostgresSession;
  clock: Clock;
  log: Log;
  /** Silence after which a member is presumed gone. Signs of life are written three times as often. */
  leaseMs: number;
  /** Where this node listens for lifelines once it has joined. */
  lifeline?: LifelineChoice;
  /** Told of the living, which reach it over the port for lifelines. Not closed with the membership. */
  links?: Links | null | undefined;
}

/**
 * A killed process is detected by its broken lifeline, confirmed by its closed port and by the server, which releases
 * the lock that the process's session held, and reported as certain after some milliseconds. Without a lifeline the
 * released lock alone is detected within a third of the lease, and reported as uncertain. A frozen process is reported
 * as uncertain once it was silent for the lease. A node reported as uncertain rejoins with its next heartbeat. While
 * this node is cut off no lease expires; afterwards all start over. Ages are measured by the server's clock alone.
 *
 * Behind a pooler of transactions there are no locks and no notifications: others are seen within a third of the
 * lease, and a killed process is reported as uncertain when its port is closed, else once it was silent for the lease.
 *
 * Which nodes watch which is as on NATS: all, or with more than 32 members eight others, who write what they saw.
 */
export type PostgresMembership = LeasedMembership<PostgresMembers>;

export function openPostgresMembership(options: PostgresMembershipOptions): Promise<PostgresMembership> {
  return openLeasedMembership(options, (state) => new PostgresMembers(options, state));
}

class PostgresMembers implements MembershipWire {
  readonly ticksPerLease = 3;
  readonly #options: PostgresMembershipOptions;
  readonly #state: MembershipState;
  readonly #rows: MemberRows;
  readonly #peers: PostgresPeers;
  readonly #patience: Patience;
  readonly #channel: string;
  #lock: MemberLock | null = null;
  #lifeline: OwnLifeline | null = null;
  #onAsked: (command: Command) => void = () => {};
  #stops: (() => void)[] = [];
  #ticks = 0;
  /** Heartbeats go with the next look. */
  #isBeatDue = false;

  constructor(options: PostgresMembershipOptions, state: MembershipState) {
    this.#options = options;
    this.#state = state;
    const { server, session, clock, log, leaseMs } = options;
    const { schema } = server.target;
    this.#rows = new MemberRows(session, schema);
    this.#channel = channelOf(schema, "members");
    this.#patience = new Patience({ clock, closing: state.signal });
    this.#peers = new PostgresPeers({
      rows: {
        read: (known) => this.#rows.read(known, this.#dueBeat()),
        bury: (dead, beat) => this.#rows.bury(dead, beat),
        hear: (own, id) => this.#rows.hear(own, id),
      },
      cutOffMs: () => session.cutOffMs(),
      announce: () => this.#announce(),
      state,
      onAsked: (command) => this.#onAsked(command),
      onNote: (note) => this.#readNote(note),
      onLiving: (living) => options.links?.keep(living),
      clock,
      log,
      leaseMs,
    });
  }

  async open(): Promise<void> {
    const { session, server } = this.#options;
    if (this.#hasSession) this.#stops.push(session.listen(this.#channel, () => void this.#peers.look()));
    let isFirst = true;
    this.#stops.push(
      session.onConnect(() => {
        this.#onConnect(isFirst);
        isFirst = false;
      }),
      session.onLost(() => {
        this.#lock?.lose();
        this.#peers.forgetLocks();
      }),
      server.timelines.onRaise(() => this.#tellTimeline()),
    );
    await this.#patience.ask(session, async () => {
      if (!(await this.#peers.look())) await this.#rows.read(new Map());
    });
  }

  async enter(said: Said): Promise<boolean> {
    const { session, server, clock, log, links, lifeline = {} } = this.#options;
    const node = nodeIdOf(said.member);
    const { incarnation } = said.member;
    this.#lifeline = await openOwnLifeline(lifeline, { incarnation, streams: links ?? undefined, log });
    this.#tellTimeline();
    const token = clock.id();
    const isNew = await this.#patience
      .ask(session, () => this.#rows.insert(this.#announced(said), token))
      .catch((error: unknown) => {
        this.#lifeline?.listener.close();
        throw error;
      });
    if (!isNew) this.#lifeline?.listener.close();
    else if (this.#hasSession)
      this.#lock = new MemberLock(memberLock(server.target.schema, node), session, clock);
    return isNew;
  }

  async introduce(node: NodeId, onAsked: (command: Command) => void): Promise<void> {
    const { log } = this.#options;
    this.#onAsked = onAsked;
    if (this.#lock !== null && !(await this.#lock.take().catch(() => false)))
      log.warn({ node }, "the lock of this node is not free yet; until it is, its death is noticed later");
    await this.#beat();
    this.#announce();
    await this.#peers.look();
  }

  beat(): void {
    void this.#beat().then((isWritten) => isWritten && this.#announce());
  }

  tick(): void {
    void this.#tick();
  }

  /** True if the rows could be read promptly: then every sign of life that was written has been seen. */
  async hears(): Promise<boolean> {
    const { clock, leaseMs } = this.#options;
    const late = Promise.withResolvers<boolean>();
    const cancel = clock.after(leaseMs / 3, () => late.resolve(false));
    const hears = await Promise.race([this.#peers.look(), late.promise]);
    cancel();
    if (!hears) this.#state.roster.pardon(clock.monotonic());
    return hears;
  }

  async leave(member: Member): Promise<void> {
    const { clock } = this.#options;
    const node = nodeIdOf(member);
    // Written first: a node that learns it only after its lifeline ends would see a death.
    const written = this.#rows.leave(node).then(() => this.#announce());
    await Promise.race([written.catch(() => {}), clock.sleep(LEAVE_MS)]);
    await this.#lock?.release().catch(() => {});
    this.#lock = null;
    this.#lifeline?.listener.close();
  }

  async ask(node: NodeId, command: Command, timeoutMs: number, id: string): Promise<boolean> {
    try {
      if (!(await this.#rows.ask(node, command, id))) return false;
    } catch {
      return false; // cut off: the caller retries
    }
    this.#announce();
    return await this.#peers.acknowledged(node, id, timeoutMs);
  }

  follow(event: MembershipEvent): void {
    this.#peers.follow(event);
  }

  askFor(node: NodeId): void {
    this.#peers.askFor(node);
  }

  /** How many members' deaths this node would see at once. */
  get lifelines(): number {
    return this.#peers.lifelines;
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#peers.stop();
  }

  get isPolled(): boolean {
    return !this.#hasSession;
  }

  /** Whether locks and notifications work. */
  get #hasSession(): boolean {
    return this.#options.server.pooling === "none";
  }

  #onConnect(isFirst: boolean): void {
    const { session } = this.#options;
    // A heartbeat that a crash loses is written again; the flush, or a standby's, would only delay it.
    if (this.#hasSession) session.query("SET synchronous_commit = off").catch(() => {});
    if (isFirst) return;
    this.#peers.hearAgain();
    void this.#tick().then(() => this.#announce());
  }

  async #tick(): Promise<void> {
    const { log } = this.#options;
    this.#ticks += 1;
    await this.#lock?.take().catch(() => {}); // else with the next tick
    this.#isBeatDue = true;
    await this.#peers.look();
    if (this.#ticks % SWEEP_TICKS !== 0 || this.#state.own.said === null) return;
    await this.#rows.sweep().catch((error: unknown) => log.debug({ error }, "members could not be swept"));
  }

  /** False if there is nothing to write, or it could not be written: then with the next tick. */
  async #beat(): Promise<boolean> {
    const { log, session } = this.#options;
    const beat = this.#nextBeat();
    if (beat === null) return false;
    try {
      await this.#rows.beat(beat);
      return true;
    } catch (error) {
      if (session.cutOffMs() === null && !this.#state.signal.aborted)
        log.warn({ error }, "the heartbeat could not be written");
      return false;
    }
  }

  /** Has all nodes look. Apart from the write, since a notification makes all writers of the server wait in line. */
  #announce(): void {
    const { session } = this.#options;
    if (this.#hasSession) session.query("SELECT pg_notify($1, '')", [this.#channel]).catch(() => {});
  }

  #dueBeat(): Beat | null {
    const isDue = this.#isBeatDue;
    this.#isBeatDue = false;
    return isDue ? this.#nextBeat() : null;
  }

  #nextBeat(): Beat | null {
    const { said } = this.#state.own;
    return said && { announcement: this.#announced(said), lock: this.#lock?.heldKey ?? null };
  }

  #announced(said: Said): Announcement {
    return { ...said, lifeline: this.#lifeline?.address ?? null };
  }

  /** Over the nodes' own sockets: a node whose server was replaced hears of it from those who have left it. */
  #tellTimeline(): void {
    const highest = this.#options.server.timelines.highest();
    if (highest !== null) this.#lifeline?.listener.tell(encodeTimeline(highest));
  }

  #readNote(note: string): void {
    const seen = readTimeline(note);
    if (seen !== null) this.#options.server.timelines.note(seen);
  }
}
