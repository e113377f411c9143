/** @module Membership over NATS: signs of life on core subjects, and a lifeline between every two nodes. */

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
import type { NatsLink } from "../jetstream/connection.ts";
import { announcedAddresses } from "../lifeline/binding.ts";
import { type LifelineListener, listenForLifelines } from "../lifeline/listener.ts";
import type { LifelineAddress } from "./member-messages.ts";
import { NatsPeers } from "./peers.ts";
import { MembersWire } from "./wire.ts";

/** Longest wait of `join` for a server. */
const JOIN_MS = 10_000;
/** Longest wait of `leave` until the server has what it says. */
const LEAVE_MS = 500;
/** After joining: whoever joined in the same millisecond, on another server, may not have heard of it yet. */
const SECOND_BEAT_MS = 100;

export interface NatsMembershipOptions {
  /** Not closed with the membership. */
  link: NatsLink;
  /** The cluster's. */
  name: string;
  clock: Clock;
  log: Log;
  /** Silence after which a member is taken for gone. Signs of life are given three times as often. */
  leaseMs: number;
  /** Where this node listens for lifelines once it has joined. Default: loopback, and a port that is free. */
  lifeline?: { host?: string; port?: number; addresses?: string[] } | "off";
}

/** Opens the membership and looks around: before it joins, and also if it never does, it sees the others. */
export async function openNatsMembership(options: NatsMembershipOptions): Promise<NatsMembership> {
  const membership = new NatsMembership(options);
  await membership.start();
  return membership;
}

/**
 * A killed process is seen by its broken lifeline, confirmed by its closed port and by NATS, which knows no connection
 * of it, and reported certain after some milliseconds. Without a lifeline it is missed at the second sign of life that
 * stays away, and reported uncertain when NATS does not know it. A frozen one is reported, uncertain, when it was
 * silent for the lease. Who was reported uncertain joins again with its next sign of life. While this node is cut off,
 * or its server stands still, no lease ends; afterwards all begin anew.
 *
 * Up to 32 members everybody keeps a lifeline to everybody; above, each is watched by eight others, the same for all
 * who see the same members, and they tell the rest, who ask NATS before they believe it. Made by `openNatsMembership`.
 */
export class NatsMembership implements Membership {
  readonly #options: NatsMembershipOptions;
  readonly #roster: Roster;
  readonly #wire: MembersWire;
  readonly #peers: NatsPeers;
  readonly #handlers = new Set<(event: MembershipEvent) => void>();
  readonly #closing = new AbortController();
  #listener: LifelineListener | null = null;
  #stopServing: (() => void) | null = null;
  #beatTimer: Cancel | null = null;
  #expiryTimer: Cancel | null = null;
  #beats = 0;
  #hasJoined = false;
  #onAsked: (command: Command) => void = () => {};

  constructor(options: NatsMembershipOptions) {
    this.#options = options;
    this.#roster = new Roster(options.leaseMs, (event) => this.#emit(event));
    this.#wire = new MembersWire(options);
    this.#peers = new NatsPeers({
      ...options,
      wire: this.#wire,
      roster: this.#roster,
      signal: this.#closing.signal,
    });
  }

  /** Called once, by `openNatsMembership`. */
  async start(): Promise<void> {
    this.#wire.listen({
      message: (message) => this.#peers.receive(message),
      answer: (message) => this.#peers.receiveAnswer(message),
      reconnect: () => this.#onReconnect(),
    });
    await this.#peers.hailAll();
    this.#scheduleBeat();
  }

  /** Errors: `invalid-request` for an incarnation that was used before, `unavailable` without a server. */
  async join(self: Member, onAsked: (command: Command) => void = () => {}): Promise<void> {
    this.#checkOpen();
    if (this.#hasJoined) throw new TypeError("a membership joins once");
    this.#hasJoined = true;
    const node = nodeIdOf(self);
    if (!(await this.#wire.hears(JOIN_MS)))
      throw new UnavailableError("this node can't tell the others that it is here: NATS does not answer");
    if (this.#roster.standing(node) !== "unknown" || (await this.#isTaken(node))) throw usedBefore(node);
    const lifeline = await this.#listen(self.incarnation);
    if (this.#closing.signal.aborted) this.#withdraw();
    this.#checkOpen();
    this.#peers.self = { member: { ...self }, revision: 0, lifeline };
    this.#stopServing = this.#wire.serve(node, {
      hail: (message, asker) => {
        this.#peers.receive(message);
        const here = this.#peers.here();
        if (here) this.#wire.answer(asker, here);
      },
      ping: () => this.#peers.here(0),
      asked: onAsked,
    });
    this.#onAsked = onAsked;
    this.#peers.beat();
    await this.#peers.hailAll();
    if (this.#peers.isDisowned) {
      // Some may have taken it in who have not heard of its death.
      this.#wire.tellAll({ type: "leave", node });
      this.#withdraw();
      throw usedBefore(node);
    }
    this.#peers.hasJoined = true;
    if (this.#peers.self) this.#roster.hear(this.#peers.self.member, Number.POSITIVE_INFINITY);
    this.#options.clock.after(SECOND_BEAT_MS, () => this.#peers.beat());
  }

  /** Others that are cut off from this node hear of the change when they are no more. */
  async update(change: Partial<Pick<Member, "draining" | "url" | "capacity">>): Promise<void> {
    this.#checkOpen();
    const { self } = this.#peers;
    if (!self) throw new TypeError("join before you update");
    const member = { ...self.member, ...change };
    this.#peers.self = { ...self, member, revision: self.revision + 1 };
    this.#peers.beat();
    this.#roster.hear(member, Number.POSITIVE_INFINITY);
  }

  async leave(): Promise<void> {
    const { self } = this.#peers;
    if (!self) return;
    const node = nodeIdOf(self.member);
    this.#peers.isLeaving = true;
    this.#wire.tellAll({ type: "leave", node });
    // Said first: to whoever hears it later than the end of its lifeline it is a death.
    await this.#wire.hears(LEAVE_MS);
    this.#withdraw();
    this.#roster.bury(node);
  }

  async ask(node: NodeId, command: Command): Promise<boolean> {
    this.#checkOpen();
    const { self } = this.#peers;
    if (self && nodeIdOf(self.member) === node) {
      this.#onAsked(command);
      return true;
    }
    return await askUntilHeard(this.#options.clock, (timeoutMs) => this.#wire.ask(node, command, timeoutMs));
  }

  members(): Member[] {
    return this.#roster.members();
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    const standing = this.#roster.standing(node);
    if (standing === "unknown" && !this.#closing.signal.aborted) this.#peers.askFor(node);
    return standing;
  }

  watch(handler: (event: MembershipEvent) => void): () => void {
    this.#checkOpen();
    const subscription = (event: MembershipEvent) => handler(event);
    this.#handlers.add(subscription);
    return () => this.#handlers.delete(subscription);
  }

  /** How many members' deaths this node would see at once. */
  get lifelines(): number {
    return this.#peers.lifelines;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await this.leave();
    this.#closing.abort();
    this.#beatTimer?.();
    this.#expiryTimer?.();
    this.#peers.stop();
    this.#wire.close();
    this.#handlers.clear();
  }

  /** Without a port it is still heard; only its death is noticed later. */
  async #listen(incarnation: string): Promise<LifelineAddress | null> {
    const { lifeline = {}, log } = this.#options;
    if (lifeline === "off") return null;
    const { host = "127.0.0.1", port, addresses = announcedAddresses(host) } = lifeline;
    try {
      this.#listener = await listenForLifelines({ host, port, incarnation, log });
      return { addresses, port: this.#listener.port };
    } catch (error) {
      log.warn({ error }, "this node can't listen for lifelines: the others will notice its death later");
      return null;
    }
  }

  async #isTaken(node: NodeId): Promise<boolean> {
    return (await this.#wire.ping(node, LEAVE_MS)).answer === "answered";
  }

  #withdraw(): void {
    this.#peers.self = null;
    this.#stopServing?.();
    this.#listener?.close();
  }

  #emit(event: MembershipEvent): void {
    this.#peers.follow(event);
    // Whoever is heard has a lease that can end.
    if (event.type === "joined" && !this.#expiryTimer) this.#scheduleExpiry();
    for (const handler of [...this.#handlers]) handler(event);
  }

  /** Messages were missed while the connection was lost. */
  #onReconnect(): void {
    this.#roster.pardon(this.#options.clock.monotonic());
    this.#peers.forgetStrangers();
    this.#peers.beat();
    void this.#peers.hailAll();
  }

  /** Looks twice as often as it beats, so that who is missed is found before its lease ends. */
  #scheduleBeat(): void {
    const { clock, leaseMs } = this.#options;
    const due = clock.monotonic() + leaseMs / 6;
    this.#beatTimer = clock.after(leaseMs / 6, () => {
      this.#pardonAfterFreeze(due);
      this.#beats += 1;
      if (this.#beats % 2 === 0) this.#peers.beat();
      void this.#lookAfterQuiet();
      if (!this.#closing.signal.aborted) this.#scheduleBeat();
    });
  }

  async #lookAfterQuiet(): Promise<void> {
    if (await this.#hears()) this.#peers.suspectQuiet(this.#options.leaseMs / 2);
  }

  #scheduleExpiry(): void {
    const { clock, leaseMs } = this.#options;
    const due = this.#roster.nextExpiry();
    this.#expiryTimer = null;
    if (due === null || this.#closing.signal.aborted) return;
    this.#expiryTimer = clock.after(Math.max(due - clock.monotonic(), leaseMs / 100), async () => {
      this.#pardonAfterFreeze(due);
      const askedAt = clock.monotonic();
      if (await this.#hears()) this.#roster.expire(askedAt);
      this.#scheduleExpiry();
    });
  }

  /**
   * True when the server answers at once. When it is slow to answer it stood still for a while, or the network did, and
   * what others said meanwhile may still be on its way: all leases begin anew.
   */
  async #hears(): Promise<boolean> {
    const { clock, leaseMs } = this.#options;
    const hears = await this.#wire.hears(leaseMs / 3);
    if (!hears) this.#roster.pardon(clock.monotonic());
    return hears;
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

function usedBefore(node: NodeId): CarryoutError {
  return new CarryoutError("invalid-request", `the incarnation ${node} was used before`);
}
