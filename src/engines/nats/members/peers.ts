/** @module The other members as known to one node of a NATS cluster: alive, watched, suspected or dead. */

import type { Clock } from "../../../ports/clock.ts";
import type { MembershipState } from "../../../ports/leased-membership.ts";
import { type MembershipEvent, type NodeId, nodeIdOf } from "../../../ports/membership.ts";
import type { Log } from "../../../telemetry/log.ts";
import { type Announcement, isName, type LifelineAddress } from "../../lifeline/announcement.ts";
import type { PingAnswer, Verdict } from "../../lifeline/inquiry.ts";
import { Lifelines } from "../../lifeline/lifelines.ts";
import { Suspicions } from "../../lifeline/suspicions.ts";
import { isWatcher } from "../../lifeline/watchers.ts";
import { DEAD_TOLD, type NatsMemberMessage } from "./member-messages.ts";
import type { MembersWire } from "./wire.ts";

/** Longest wait for others to answer a newcomer: a frozen one never does. */
const GREETING_MS = 200;
/** Minimum time between two "nobody" answers that count; shorter with a short lease. */
const NOBODY_MS = 200;
/** Maximum number of looked-up unknown nodes before all are forgotten. */
const MOST_UNKNOWN = 10_000;
/** More members than a cluster can have; further ones are ignored. */
const MOST_PEERS = 1_000;

export interface NatsPeersOptions {
  wire: Pick<MembersWire, "ping" | "tellAll" | "hail" | "hearingSince">;
  state: MembershipState;
  /** Where this node listens for lifelines; null when it does not. */
  address: () => LifelineAddress | null;
  clock: Clock;
  log: Log;
  leaseMs: number;
}

/** One round of answers to a hail. */
interface Greeting {
  readonly answered: Set<NodeId>;
  /** The number of other members, as far as reported. */
  expected: number;
  done: () => void;
}

export class NatsPeers {
  readonly #options: NatsPeersOptions;
  /** The living, without this node. */
  readonly #peers = new Map<NodeId, Announcement>();
  readonly #lifelines: Lifelines;
  readonly #suspicions: Suspicions;
  readonly #unknownNodes = new Set<NodeId>();
  /** Nodes presumed dead that sent something, and are being asked whether they are alive. */
  readonly #doubts = new Set<NodeId>();
  #greeting: Greeting | null = null;

  constructor(options: NatsPeersOptions) {
    this.#options = options;
    const { wire, clock, leaseMs, state } = options;
    this.#lifelines = new Lifelines({ clock, onLost: (node) => this.#suspect(node) });
    this.#suspicions = new Suspicions({
      ping: (node, timeoutMs) => this.#ping(node, timeoutMs),
      lifeline: (node) => this.#lifelines.state(node),
      onVerdict: (node, verdict) => this.#judge(node, verdict),
      hearingSince: () => wire.hearingSince(),
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
    this.#greeting?.done();
  }

  /** A sign of life to all. */
  beat(): void {
    const message = this.here(0);
    if (message) this.#options.wire.tellAll(message);
  }

  /** This node's announcement. */
  here(dead = DEAD_TOLD): NatsMemberMessage | null {
    const announcement = this.#announcement();
    const told = dead === 0 ? [] : this.#options.state.roster.recentlyDead(dead);
    return announcement && { type: "here", announcement, dead: told, members: this.#peers.size + 1 };
  }

  /** Asks all members to answer, which they do once they know of this one. Waits only briefly. */
  async hailAll(): Promise<void> {
    const { wire, state, clock } = this.#options;
    const answered = new AbortController();
    const greeting = { answered: new Set<NodeId>(), expected: 0, done: () => answered.abort() };
    this.#greeting = greeting;
    const dead = state.roster.recentlyDead(DEAD_TOLD);
    wire.hail({ type: "hail", announcement: this.#announcement(), dead });
    await clock.sleep(GREETING_MS, answered.signal);
    if (this.#greeting === greeting) this.#greeting = null;
  }

  /** Null: not a member, so no answer. A member also answers itself, with how many others it knows. */
  receiveAnswer(message: NatsMemberMessage | null): void {
    const greeting = this.#greeting;
    if (message) this.receive(message);
    else greeting?.done();
    if (message?.type !== "here" || !greeting) return;
    const node = nodeIdOf(message.announcement.member);
    if (!this.#isSelf(node)) greeting.answered.add(node);
    greeting.expected = Math.max(
      greeting.expected,
      message.members - (this.#options.state.own.node === null ? 0 : 1),
    );
    if (greeting.answered.size >= greeting.expected) greeting.done();
  }

  receive(message: NatsMemberMessage): void {
    switch (message.type) {
      case "leave":
        this.#options.state.bury(message.node);
        break;
      case "died":
        this.#confirm(message.node);
        break;
      default:
        for (const node of message.dead) {
          if (this.#peers.has(node)) this.#confirm(node);
          else this.#options.state.bury(node);
        }
        if (message.announcement) this.#meet(message.announcement);
    }
  }

  /** Suspects members that missed a heartbeat, unless their lifeline is up. */
  suspectQuiet(quietMs: number): void {
    const { state, clock } = this.#options;
    for (const node of state.roster.quietSince(clock.monotonic() - quietMs)) {
      if (this.#lifelines.state(node) !== "up") this.#suspect(node);
    }
  }

  /** Looks up an unknown node in the background, once. */
  askFor(node: NodeId): void {
    if (this.#unknownNodes.has(node) || !isName(node)) return;
    if (this.#unknownNodes.size >= MOST_UNKNOWN) this.#unknownNodes.clear();
    this.#unknownNodes.add(node);
    this.#suspect(node);
  }

  /** Allows looking up unanswered unknown nodes again, as the connection was lost meanwhile. */
  forgetUnknown(): void {
    this.#unknownNodes.clear();
  }

  /** Follows the roster: watches the members that this node is responsible for. */
  follow(event: MembershipEvent): void {
    if (event.type === "changed") return;
    if (event.type === "left") this.#peers.delete(event.node);
    this.#lifelines.keep(this.#options.state.own.node, this.#peers);
  }

  /** Processes a sign of life. */
  #meet(announcement: Announcement): void {
    const { clock } = this.#options;
    const { roster } = this.#options.state;
    const node = nodeIdOf(announcement.member);
    if (this.#isSelf(node)) return;
    if (roster.isDead(node)) return void this.#doubt(node);
    const known = this.#peers.get(node);
    if (!known && this.#peers.size >= MOST_PEERS) return;
    // A message sent over a connection that was lost since may arrive after a later one.
    const latest = known && known.revision >= announcement.revision ? known : announcement;
    this.#peers.set(node, latest);
    roster.hear(latest.member, clock.monotonic());
  }

  /**
   * A node presumed dead has sent something: either that message is old, or the report of its death was wrong. If it
   * answers now, it is alive.
   */
  async #doubt(node: NodeId): Promise<void> {
    const { wire, log, leaseMs } = this.#options;
    const { roster, signal } = this.#options.state;
    if (this.#doubts.has(node) || signal.aborted) return;
    this.#doubts.add(node);
    const { message } = await wire.ping(node, leaseMs / 3);
    this.#doubts.delete(node);
    if (message?.type !== "here" || nodeIdOf(message.announcement.member) !== node || signal.aborted) return;
    log.warn({ node }, "a node presumed dead is alive");
    roster.revive(node);
    this.#meet(message.announcement);
  }

  /** Another node reports it dead: this node checks for itself. */
  #confirm(node: NodeId): void {
    if (this.#isSelf(node)) this.#options.state.bury(node);
    else if (this.#peers.has(node)) this.#suspect(node, true);
  }

  #suspect(node: NodeId, reported = false): void {
    if (!this.#options.state.roster.isDead(node)) void this.#suspicions.suspect(node, reported);
  }

  async #ping(node: NodeId, timeoutMs: number): Promise<PingAnswer> {
    const { answer, message } = await this.#options.wire.ping(node, timeoutMs);
    if (message) this.receive(message);
    return answer;
  }

  #judge(node: NodeId, verdict: Verdict): void {
    const { wire, log } = this.#options;
    const { roster, own, bury } = this.#options.state;
    if (verdict === "absent" && roster.standing(node) !== "gone") {
      log.warn({ node }, "node presumed gone: no server has a connection from it");
      roster.giveUp(node);
    }
    if (verdict !== "dead") return;
    const tells = own.node !== null && isWatcher(own.node, node, [...this.#peers.keys()]);
    log.warn({ node }, "node died");
    bury(node);
    if (tells) wire.tellAll({ type: "died", node });
  }

  #announcement(): Announcement | null {
    const { state, address } = this.#options;
    return state.own.said && { ...state.own.said, lifeline: address() };
  }

  #isSelf(node: NodeId): boolean {
    return this.#options.state.own.node === node;
  }
}
