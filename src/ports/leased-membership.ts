/** @module Membership based on heartbeats and leases, independent of the transport. */

import { isDeepStrictEqual } from "node:util";
import { CarryoutError } from "../errors.ts";
import { askUntilHeard } from "./asking.ts";
import type { Cancel, Clock } from "./clock.ts";
import {
  type Command,
  type FreeInMs,
  type Member,
  type Membership,
  type MembershipEvent,
  type NodeId,
  nodeIdOf,
} from "./membership.ts";
import { OwnMember, type Said } from "./own-member.ts";
import { Roster } from "./roster.ts";

/** Carries messages between an engine's members, and investigates missing members. */
export interface MembershipWire {
  /** How often `tick` is called per lease. */
  readonly ticksPerLease: number;
  /** True if commands are noticed only at a tick. */
  readonly isPolled?: boolean;
  /** Starts following the others. Resolves when the prompt answers were received. */
  open(): Promise<void>;
  /** Claims this incarnation; false if it was used before. It is not announced yet. */
  enter(said: Said): Promise<boolean>;
  /** Announces this node, which is now in `own`, and resolves when the others know of it. */
  introduce(node: NodeId, onAsked: (command: Command) => void): Promise<void>;
  /** Sends the others the content of `own`, if any. */
  beat(): void;
  /** Sends a heartbeat, and checks the others. Must not throw. */
  tick(): void;
  /** True if all earlier messages were received; otherwise no lease may expire. Must not reject. */
  hears(): boolean | Promise<boolean>;
  /** Tells the others that this node is gone for good, and releases its incarnation. Must not reject. */
  leave(member: Member): Promise<void>;
  /**
   * One attempt to have another node do something: true when it acknowledged it. All attempts of one command have the
   * same id, so that an answer to an earlier one counts.
   */
  ask(node: NodeId, command: Command, timeoutMs: number, id: string): Promise<boolean>;
  /** Called with every change but what is foretold, before anything else is notified. */
  follow?(event: MembershipEvent): void;
  /** Looks up an unknown node in the background. */
  askFor?(node: NodeId): void;
  close(): void;
}

/** What the wire reports to, and what it reads about this node. */
export interface MembershipState {
  readonly roster: Roster;
  readonly own: Pick<OwnMember, "node" | "said">;
  /** Ends all inquiries. */
  readonly signal: AbortSignal;
  /** Another node was reported as gone for good. False if that was known or is not true. */
  bury(node: NodeId): boolean;
}

export interface LeasedMembershipOptions {
  clock: Clock;
  log: Record<"warn" | "error", (fields: Record<string, unknown>, message: string) => void>;
  /** Silence after which a member is presumed gone. */
  leaseMs: number;
}

/** Opens the membership and discovers the others, which it sees even if it never joins. */
export async function openLeasedMembership<Wire extends MembershipWire>(
  options: LeasedMembershipOptions,
  wire: (state: MembershipState) => Wire,
): Promise<LeasedMembership<Wire>> {
  const membership = new LeasedMembership(options, wire);
  await membership.open();
  return membership;
}

/** Made by `openLeasedMembership`. */
export class LeasedMembership<Wire extends MembershipWire = MembershipWire> implements Membership {
  readonly wire: Wire;
  readonly #options: LeasedMembershipOptions;
  readonly #roster: Roster;
  readonly #own = new OwnMember();
  readonly #handlers = new Set<(event: MembershipEvent) => void>();
  readonly #closing = new AbortController();
  #tickTimer: Cancel | null = null;
  #expiryTimer: Cancel | null = null;
  #hasJoined = false;
  #leaving: Promise<void> | null = null;
  #onAsked: (command: Command) => void = () => {};
  #foretell: (() => FreeInMs) | null = null;

  constructor(options: LeasedMembershipOptions, wire: (state: MembershipState) => Wire) {
    this.#options = options;
    this.#roster = new Roster(options.leaseMs, (event) => this.#emit(event));
    this.wire = wire({
      roster: this.#roster,
      own: this.#own,
      signal: this.#closing.signal,
      bury: (node) => this.#bury(node),
    });
  }

  /** Called once, by `openLeasedMembership`. */
  async open(): Promise<void> {
    await this.wire.open();
    this.#scheduleTick();
  }

  /** Errors: `invalid-request` for an incarnation that was used before, `unavailable`. */
  async join(
    self: Member,
    onAsked: (command: Command) => void = () => {},
    foretell: (() => FreeInMs) | null = null,
  ): Promise<void> {
    this.#checkOpen();
    if (this.#hasJoined) throw new TypeError("a membership can join only once");
    this.#hasJoined = true;
    const member = { ...self };
    const node = nodeIdOf(member);
    if (!(await this.wire.enter({ member, revision: 0 }))) throw usedBefore(node);
    if (this.#closing.signal.aborted) await this.wire.leave(member);
    this.#checkOpen();
    this.#own.begin(member);
    this.#onAsked = onAsked;
    this.#foretell = foretell;
    await this.wire.introduce(node, onAsked);
    if (this.#own.stage === "refused") {
      // Some nodes may have added it without knowing of its death.
      await this.wire.leave(member);
      this.#own.end();
      throw usedBefore(node);
    }
    if (this.#own.stage !== "joining") return;
    this.#own.enter("joined");
    this.#hearOwn();
  }

  /** Nodes that are cut off from this one learn of the change when they are reconnected. */
  async update(change: Partial<Pick<Member, "draining" | "url" | "capacity" | "revisions">>): Promise<void> {
    this.#checkOpen();
    if (!this.#own.member) throw new TypeError("call join() before update()");
    this.#own.change(change);
    this.wire.beat();
    this.#hearOwn();
  }

  async leave(): Promise<void> {
    const { member } = this.#own;
    if (!member) return;
    this.#leaving ??= this.#sayGoodbye(member);
    await this.#leaving;
  }

  async ask(node: NodeId, command: Command): Promise<boolean> {
    this.#checkOpen();
    if (this.#own.node === node) {
      this.#onAsked(command);
      return true;
    }
    const { clock, leaseMs } = this.#options;
    const { ticksPerLease, isPolled = false } = this.wire;
    const id = clock.id();
    const attempt = (timeoutMs: number) => this.wire.ask(node, command, timeoutMs, id);
    return await askUntilHeard(clock, attempt, isPolled ? leaseMs / ticksPerLease : 0);
  }

  members(): Member[] {
    return this.#roster.members();
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    const standing = this.#roster.standing(node);
    if (standing === "unknown" && !this.#closing.signal.aborted) this.wire.askFor?.(node);
    return standing;
  }

  watch(handler: (event: MembershipEvent) => void): () => void {
    this.#checkOpen();
    const subscription = (event: MembershipEvent) => handler(event);
    this.#handlers.add(subscription);
    return () => this.#handlers.delete(subscription);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await this.leave();
    this.#closing.abort();
    this.#tickTimer?.();
    this.#expiryTimer?.();
    this.wire.close();
    this.#handlers.clear();
  }

  async #sayGoodbye(member: Member): Promise<void> {
    this.#own.enter("leaving");
    await this.wire.leave(member);
    this.#own.end();
    this.#roster.bury(nodeIdOf(member));
  }

  #hearOwn(): void {
    const { member } = this.#own;
    if (member) this.#roster.hear(member, Number.POSITIVE_INFINITY);
  }

  #bury(node: NodeId): boolean {
    if (node !== this.#own.node) return this.#roster.bury(node);
    const { stage } = this.#own;
    if (stage === "joining" || stage === "joined")
      this.#options.log.error({ node }, "peers consider this node dead; announcing that it is alive");
    if (stage === "joining") this.#own.enter("refused");
    if (stage === "joined") this.wire.beat();
    return false;
  }

  #emit(event: MembershipEvent): void {
    if (event.type !== "foretold") this.wire.follow?.(event);
    // A node whose heartbeat was received has a lease that can expire.
    if (event.type === "joined" && !this.#expiryTimer) this.#scheduleExpiry();
    for (const handler of [...this.#handlers]) handler(event);
  }

  #scheduleTick(): void {
    const { clock, leaseMs } = this.#options;
    const everyMs = leaseMs / this.wire.ticksPerLease;
    const due = clock.monotonic() + everyMs;
    this.#tickTimer = clock.after(everyMs, () => {
      this.#pardonAfterFreeze(due);
      this.#renewForecast();
      this.wire.tick();
      if (!this.#closing.signal.aborted) this.#scheduleTick();
    });
  }

  #renewForecast(): void {
    const { member, stage } = this.#own;
    if (!member || stage !== "joined" || this.#foretell === null) return;
    const freeInMs = this.#foretell();
    if (isDeepStrictEqual(freeInMs, member.freeInMs)) return;
    this.#own.change({ freeInMs });
    this.#hearOwn();
  }

  #scheduleExpiry(): void {
    const { clock, leaseMs } = this.#options;
    const due = this.#roster.nextExpiry();
    this.#expiryTimer = null;
    if (due === null || this.#closing.signal.aborted) return;
    this.#expiryTimer = clock.after(Math.max(due - clock.monotonic(), leaseMs / 100), async () => {
      this.#pardonAfterFreeze(due);
      const askedAt = clock.monotonic();
      const isDue = (this.#roster.nextExpiry() ?? Number.POSITIVE_INFINITY) <= askedAt;
      if (isDue && (await this.wire.hears())) this.#roster.expire(askedAt);
      this.#scheduleExpiry();
    });
  }

  /** Late timers mean that this process was suspended and could not receive anything. */
  #pardonAfterFreeze(due: number): void {
    const { clock, leaseMs, log } = this.#options;
    const lateMs = clock.monotonic() - due;
    if (lateMs < leaseMs / 2) return;
    this.#roster.pardon(clock.monotonic());
    if (lateMs >= leaseMs)
      log.warn({ lateMs: Math.round(lateMs) }, "this process was paused for longer than its lease");
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new CarryoutError("closed", "this membership is closed");
  }
}

function usedBefore(node: NodeId): CarryoutError {
  return new CarryoutError("invalid-request", `the incarnation ${node} was used before`);
}
