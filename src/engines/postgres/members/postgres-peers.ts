/** @module The other members as known to one node of a PostgreSQL cluster: alive, watched, suspected or dead. */

import type { Clock } from "../../../ports/clock.ts";
import type { MembershipState } from "../../../ports/leased-membership.ts";
import type { Command, MembershipEvent, NodeId } from "../../../ports/membership.ts";
import type { Log } from "../../../telemetry/log.ts";
import { type Announcement, isName } from "../../lifeline/announcement.ts";
import type { PingAnswer, Verdict } from "../../lifeline/inquiry.ts";
import type { LifelineState } from "../../lifeline/lifeline.ts";
import { Lifelines } from "../../lifeline/lifelines.ts";
import { Suspicions } from "../../lifeline/suspicions.ts";
import type { MemberRow, MemberRows } from "./member-rows.ts";

/** Minimum time between two looks that find a lock free and count; shorter with a short lease. */
const NOBODY_MS = 200;
/** After a restart of the server the nodes need a moment to take their locks again. */
const LOCKS_RETURN_MS = 2_000;
/** Maximum number of looked-up unknown nodes before all are forgotten. */
const MOST_UNKNOWN = 10_000;
/** Number of dead nodes whose last beat is remembered. */
const MOST_KEPT = 10_000;

export interface PostgresPeersOptions {
  rows: Pick<MemberRows, "read" | "bury" | "hear">;
  /** Null while the server can be reached. */
  cutOffMs: () => number | null;
  /** Has all nodes look at once. */
  announce: () => void;
  state: MembershipState;
  /** Carries out a command to this node. */
  onAsked: (command: Command) => void;
  /** See `Lifeline`. */
  onNote: (note: string) => void;
  /** Told of the other living members, after each change. */
  onLiving?: ((living: ReadonlyMap<NodeId, Announcement>) => void) | undefined;
  clock: Clock;
  log: Log;
  leaseMs: number;
}

/** A row that was read, of another node. */
interface Peer {
  announcement: Announcement;
  beat: number;
  isLocked: MemberRow["isLocked"];
  /** Its lock was seen held since this node's session began: only then its release is a sign. */
  wasLocked: boolean;
  heard: string | null;
}

export class PostgresPeers {
  readonly #options: PostgresPeersOptions;
  /** All whose rows say `here`, silent ones among them. */
  readonly #peers = new Map<NodeId, Peer>();
  readonly #lifelines: Lifelines;
  readonly #suspicions: Suspicions;
  /** The beat of each suspect, as its inquiry read it first. */
  readonly #suspectedAt = new Map<NodeId, number>();
  /** The last beat of the dead: a later one proves that they are alive. */
  readonly #buriedAt = new Map<NodeId, number>();
  readonly #unknownNodes = new Set<NodeId>();
  /** Called when a command was carried out, by its id. */
  readonly #lookedFor = new Map<string, () => void>();
  #hearingSince = Number.NEGATIVE_INFINITY;
  #looking: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;
  #carriedOut: string | null = null;

  constructor(options: PostgresPeersOptions) {
    this.#options = options;
    const { clock, leaseMs, state, onNote, cutOffMs } = options;
    this.#lifelines = new Lifelines({ clock, onNote, onLost: (node) => this.#suspect(node) });
    this.#suspicions = new Suspicions({
      ping: (node) => this.#ping(node),
      lifeline: (node) => this.#lifelineSign(node),
      onVerdict: (node, verdict) => this.#judge(node, verdict),
      hearingSince: () => (cutOffMs() === null ? this.#hearingSince : null),
      clock,
      patienceMs: leaseMs,
      nobodyMs: Math.min(NOBODY_MS, leaseMs / 10),
      signal: state.signal,
    });
  }

  /** How many members' deaths this node would see at once. */
  get lifelines(): number {
    return this.#lifelines.up;
  }

  stop(): void {
    this.#lifelines.close();
    this.#peers.clear();
    for (const wake of this.#lookedFor.values()) wake();
  }

  /** Reads the rows, in a look that begins after this call. False if they can't be read. */
  look(): Promise<boolean> {
    if (this.#looking === null) {
      this.#looking = this.#lookNow().finally(() => {
        this.#looking = null;
      });
      return this.#looking;
    }
    this.#next ??= this.#looking.then(() => {
      this.#next = null;
      return this.look();
    });
    return this.#next;
  }

  /** This node's session ended: while it was away, locks may have been released for other reasons than a death. */
  forgetLocks(): void {
    for (const peer of this.#peers.values()) peer.wasLocked = false;
  }

  /** A new session began. */
  hearAgain(): void {
    const { clock, state } = this.#options;
    this.#hearingSince = clock.monotonic() + LOCKS_RETURN_MS;
    state.roster.pardon(clock.monotonic());
    this.#unknownNodes.clear();
  }

  /** Looks up an unknown node in the background, once. */
  askFor(node: NodeId): void {
    if (this.#unknownNodes.has(node) || !isName(node)) return;
    if (this.#unknownNodes.size >= MOST_UNKNOWN) this.#unknownNodes.clear();
    this.#unknownNodes.add(node);
    this.#suspect(node);
  }

  /** Follows the roster: watches the members that this node is responsible for. */
  follow(event: MembershipEvent): void {
    if (event.type === "changed") return;
    const { roster, own } = this.#options.state;
    const peers = [...this.#peers].filter(([node]) => roster.standing(node) === "alive");
    const living = new Map(peers.map(([node, { announcement }]) => [node, announcement]));
    this.#lifelines.keep(own.node, living);
    this.#options.onLiving?.(living);
  }

  /** Resolves when this node has carried out the command with this id, or the time is over. */
  async acknowledged(node: NodeId, id: string, timeoutMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const until = clock.monotonic() + timeoutMs;
    const isHeard = () => this.#peers.get(node)?.heard === id;
    while (!isHeard() && clock.monotonic() < until) {
      const looked = new AbortController();
      this.#lookedFor.set(id, () => looked.abort());
      await this.look();
      // Where changes are not announced, rows have to be read again.
      if (!isHeard()) await clock.sleep(Math.min(50, until - clock.monotonic()), looked.signal);
    }
    this.#lookedFor.delete(id);
    return isHeard();
  }

  async #lookNow(): Promise<boolean> {
    const { rows, clock, log, state, cutOffMs } = this.#options;
    const askedAt = clock.monotonic();
    const known = new Map([...this.#peers].map(([node, { announcement }]) => [node, announcement.revision]));
    let read: MemberRow[];
    try {
      read = await rows.read(known);
    } catch (error) {
      // The session logs that it was lost.
      if (cutOffMs() === null && !state.signal.aborted) log.warn({ error }, "members could not be read");
      return false;
    }
    if (state.signal.aborted) return false;
    for (const row of read) this.#readRow(row, askedAt);
    const found = new Set(read.map(({ node }) => node));
    for (const node of [...this.#peers.keys()]) {
      // Removed after a long silence, or lost in a failover: then the node writes it again.
      if (!found.has(node) && state.roster.standing(node) !== "alive") this.#peers.delete(node);
    }
    return true;
  }

  #readRow(row: MemberRow, askedAt: number): void {
    const { state } = this.#options;
    if (row.node === state.own.node) {
      this.#readOwn(row);
    } else if (row.state === "here") {
      this.#meet(row, askedAt);
    } else {
      this.#rememberDead(row.node, row.beat);
      state.bury(row.node);
    }
  }

  /** Its own row is how others reach this node. */
  #readOwn({ node, state: said, ask }: MemberRow): void {
    const { state, onAsked, rows, announce } = this.#options;
    if (said === "died") state.bury(node);
    if (ask === null || ask.id === this.#carriedOut) return;
    this.#carriedOut = ask.id;
    onAsked(ask.command);
    rows.hear(node, ask.id).then(announce, () => {});
  }

  #meet(row: MemberRow, askedAt: number): void {
    const { state, leaseMs, log } = this.#options;
    const { roster } = state;
    const { node, beat, ageMs } = row;
    const known = this.#peers.get(node);
    const announcement = row.announcement ?? known?.announcement;
    if (announcement === undefined) return; // of another version
    if (roster.isDead(node)) {
      if (beat <= (this.#buriedAt.get(node) ?? Number.NEGATIVE_INFINITY)) return;
      log.warn({ node }, "a node presumed dead is alive");
      this.#buriedAt.delete(node);
      roster.revive(node);
    }
    const { isLocked, heard } = row;
    const wasLocked = isLocked === true || (known?.wasLocked ?? false);
    this.#peers.set(node, { announcement, beat, isLocked, wasLocked, heard });
    // The server's clock tells how old a sign is; a clock that was set can't make it newer or much older.
    const heardAt = askedAt - Math.min(Math.max(0, ageMs), leaseMs);
    if (roster.standing(node) !== "unknown") {
      if (known?.beat !== beat) roster.hear(announcement.member, heardAt);
    } else if (ageMs >= leaseMs) {
      roster.giveUp(node);
    } else if (isLocked !== false) {
      roster.hear(announcement.member, heardAt);
    }
    if (heard !== null) this.#lookedFor.get(heard)?.();
    // One that this node has never seen alive may be one of those that were killed together.
    if (isLocked === false && roster.standing(node) !== "gone") this.#suspect(node);
  }

  #suspect(node: NodeId): void {
    const { roster, own } = this.#options.state;
    if (node !== own.node && !roster.isDead(node)) void this.#suspicions.suspect(node);
  }

  /** Asks the server. Two signs of life: the lock is held, and there was a beat since the inquiry began. */
  async #ping(node: NodeId): Promise<PingAnswer> {
    if (!(await this.look())) return "silent";
    const peer = this.#peers.get(node);
    if (peer === undefined || peer.isLocked === false) return "nobody";
    const suspectedAt = this.#suspectedAt.get(node) ?? peer.beat;
    this.#suspectedAt.set(node, suspectedAt);
    return peer.beat > suspectedAt ? "answered" : "silent";
  }

  /** A closed port is no sign without the lock's: the node may be one that this node's server has never seen. */
  #lifelineSign(node: NodeId): LifelineState | null {
    const state = this.#lifelines.state(node);
    const { isLocked = null, wasLocked = false } = this.#peers.get(node) ?? {};
    return state === "gone" && isLocked !== null && !wasLocked ? "connecting" : state;
  }

  #judge(node: NodeId, verdict: Verdict): void {
    const { rows, announce, log } = this.#options;
    const { roster, own, bury } = this.#options.state;
    const beat = this.#peers.get(node)?.beat;
    this.#suspectedAt.delete(node);
    if (verdict === "absent" && roster.standing(node) !== "gone") {
      log.warn({ node }, "node presumed gone: PostgreSQL has no session of it");
      roster.giveUp(node);
    }
    if (verdict !== "dead" || beat === undefined) return;
    log.warn({ node }, "node died");
    this.#rememberDead(node, beat);
    bury(node);
    if (own.node !== null) rows.bury(node, beat).then(announce, () => {}); // else the others see it themselves
  }

  #rememberDead(node: NodeId, beat: number): void {
    this.#peers.delete(node);
    this.#buriedAt.set(node, beat);
    for (const oldest of this.#buriedAt.keys()) {
      if (this.#buriedAt.size <= MOST_KEPT) break;
      this.#buriedAt.delete(oldest);
    }
  }
}
