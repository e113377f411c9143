/** @module Membership over NATS: heartbeats on core subjects, and a lifeline between every two nodes. */

import { UnavailableError } from "../../../errors.ts";
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
import { type LifelineChoice, type OwnLifeline, openOwnLifeline } from "../../lifeline/own-lifeline.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { NatsPeers } from "./peers.ts";
import { MembersWire } from "./wire.ts";

/** Longest wait of `join` for a server. */
const JOIN_MS = 10_000;
/** Longest wait of `leave` until the server has its message. */
const LEAVE_MS = 500;
/** After joining: a node that joined in the same millisecond, on another server, may not have heard of it yet. */
const SECOND_BEAT_MS = 100;

export interface NatsMembershipOptions {
  /** Not closed with the membership. */
  link: NatsLink;
  /** The cluster's. */
  name: string;
  clock: Clock;
  log: Log;
  /** Silence after which a member is presumed gone. Signs of life are sent three times as often. */
  leaseMs: number;
  /** Where this node listens for lifelines once it has joined. */
  lifeline?: LifelineChoice;
}

/**
 * A killed process is detected by its broken lifeline, confirmed by its closed port and by NATS, which has no
 * connection from it, and reported as certain after some milliseconds. Without a lifeline it is detected at the second
 * missing heartbeat, and reported as uncertain if NATS does not know it. A frozen one is reported as uncertain once it
 * was silent for the lease. A node reported as uncertain rejoins with its next heartbeat. While this node is cut off,
 * or its server is stalled, no lease expires; afterwards all start over.
 *
 * With at most 32 members, each keeps a lifeline to every other; above, each is watched by eight others, chosen equally
 * by all nodes with the same view, and these notify the rest, which verify with NATS before believing it.
 */
export type NatsMembership = LeasedMembership<NatsMembers>;

export function openNatsMembership(options: NatsMembershipOptions): Promise<NatsMembership> {
  return openLeasedMembership(options, (state) => new NatsMembers(options, state));
}

class NatsMembers implements MembershipWire {
  /** Checks twice as often as it beats, so that a missing node is detected before its lease expires. */
  readonly ticksPerLease = 6;
  readonly #options: NatsMembershipOptions;
  readonly #state: MembershipState;
  readonly #wire: MembersWire;
  readonly #peers: NatsPeers;
  #lifeline: OwnLifeline | null = null;
  #stopServing: (() => void) | null = null;
  #ticks = 0;

  constructor(options: NatsMembershipOptions, state: MembershipState) {
    this.#options = options;
    this.#state = state;
    this.#wire = new MembersWire(options);
    this.#peers = new NatsPeers({
      ...options,
      wire: this.#wire,
      state,
      address: () => this.#lifeline?.address ?? null,
    });
  }

  async open(): Promise<void> {
    this.#wire.listen({
      message: (message) => this.#peers.receive(message),
      answer: (message) => this.#peers.receiveAnswer(message),
      reconnect: () => this.#onReconnect(),
    });
    await this.#peers.hailAll();
  }

  async enter({ member }: Said): Promise<boolean> {
    const node = nodeIdOf(member);
    if (!(await this.#wire.hears(JOIN_MS)))
      throw new UnavailableError("this node can't announce itself: NATS does not respond");
    if (this.#state.roster.standing(node) !== "unknown") return false;
    if ((await this.#wire.ping(node, LEAVE_MS)).answer === "answered") return false;
    const { lifeline = {}, log } = this.#options;
    this.#lifeline = await openOwnLifeline(lifeline, { incarnation: member.incarnation, log });
    return true;
  }

  async introduce(node: NodeId, onAsked: (command: Command) => void): Promise<void> {
    this.#stopServing = this.#wire.serve(node, {
      hail: (message, asker) => {
        this.#peers.receive(message);
        const here = this.#peers.here();
        if (here) this.#wire.answer(asker, here);
      },
      ping: () => this.#peers.here(0),
      asked: onAsked,
    });
    this.#peers.beat();
    await this.#peers.hailAll();
    this.#options.clock.after(SECOND_BEAT_MS, () => this.#peers.beat());
  }

  beat(): void {
    this.#peers.beat();
  }

  tick(): void {
    this.#ticks += 1;
    if (this.#ticks % 2 === 0) this.#peers.beat();
    void this.#lookAfterQuiet();
  }

  /**
   * True if the server answers promptly. If it is slow, it or the network was stalled for a while, and the others'
   * messages may still be on their way: all leases start over.
   */
  async hears(): Promise<boolean> {
    const { clock, leaseMs } = this.#options;
    const hears = await this.#wire.hears(leaseMs / 3);
    if (!hears) this.#state.roster.pardon(clock.monotonic());
    return hears;
  }

  async leave(member: Member): Promise<void> {
    this.#wire.tellAll({ type: "leave", node: nodeIdOf(member) });
    // Sent first: a node that receives it only after its lifeline ends would see a death.
    await this.#wire.hears(LEAVE_MS);
    this.#stopServing?.();
    this.#lifeline?.listener.close();
  }

  ask(node: NodeId, command: Command, timeoutMs: number): Promise<boolean> {
    return this.#wire.ask(node, command, timeoutMs);
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
    this.#peers.stop();
    this.#wire.close();
  }

  /** Messages were missed while the connection was lost. */
  #onReconnect(): void {
    this.#state.roster.pardon(this.#options.clock.monotonic());
    this.#peers.forgetUnknown();
    this.#peers.beat();
    void this.#peers.hailAll();
  }

  async #lookAfterQuiet(): Promise<void> {
    if (await this.hears()) this.#peers.suspectQuiet(this.#options.leaseMs / 2);
  }
}
