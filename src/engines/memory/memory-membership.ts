/** @module Membership between nodes of one process: deaths and freezes are declared by the test or simulation. */

import { CarryoutError } from "../../errors.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import {
  type Command,
  type Member,
  type Membership,
  type MembershipEvent,
  type NodeId,
  nodeIdOf,
} from "../../ports/membership.ts";

interface Joined {
  member: Member;
  onAsked: (command: Command) => void;
  view: MemoryMembership;
  /** Ends its lease, while it is frozen. */
  expiry: Cancel | null;
  /** False while the others have given it up for silent. */
  heard: boolean;
}

/**
 * What the nodes share. Every change reaches every view before the call that made it resolves; handlers run in
 * later microtasks, in order.
 */
export class MemoryMembershipHub {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #views = new Set<MemoryMembership>();
  readonly #joined = new Map<NodeId, Joined>();
  readonly #gone = new Set<NodeId>();

  constructor(options: { clock: Clock; leaseMs: number }) {
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
  }

  /** The membership of one more node, which sees all that have joined, also when it never joins itself. */
  open(): Membership {
    const view = new MemoryMembership(this);
    for (const { member, heard } of this.#joined.values()) {
      if (heard) view.receive({ type: "joined", member });
    }
    this.#views.add(view);
    return view;
  }

  /** The process of this node dies: the others know it for certain at once, its own view goes silent. */
  crash(node: NodeId): void {
    const joined = this.#joined.get(node);
    if (!joined) return;
    this.detach(joined.view);
    this.remove(node);
  }

  /** The process of this node stands still: after the lease the others give it up, and it hears nothing. */
  freeze(node: NodeId): void {
    const joined = this.#joined.get(node);
    if (!joined || joined.view.frozen) return;
    joined.view.frozen = true;
    joined.expiry = this.#clock.after(this.#leaseMs, () => {
      joined.heard = false;
      this.#tell({ type: "left", node, certain: false });
    });
  }

  /** It resumes: a node that gave it up sees it join again, and it hears what it missed. */
  thaw(node: NodeId): void {
    const joined = this.#joined.get(node);
    if (!joined?.view.frozen) return;
    joined.expiry?.();
    joined.view.thaw();
    if (joined.heard) return;
    joined.heard = true;
    this.#tell({ type: "joined", member: joined.member });
  }

  /** True unless it is gone or stands still. The command is carried out in a later microtask. */
  ask(node: NodeId, command: Command): boolean {
    const joined = this.#joined.get(node);
    if (!joined || joined.view.frozen) return false;
    queueMicrotask(() => joined.onAsked(command));
    return true;
  }

  add(member: Member, view: MemoryMembership, onAsked: (command: Command) => void): void {
    const node = nodeIdOf(member);
    if (this.#joined.has(node) || this.#gone.has(node)) {
      throw new CarryoutError("invalid-request", `the incarnation ${node} was used before`);
    }
    this.#joined.set(node, { member, onAsked, view, expiry: null, heard: true });
    this.#tell({ type: "joined", member });
  }

  change(member: Member): void {
    const joined = this.#joined.get(nodeIdOf(member));
    if (!joined) return;
    joined.member = member;
    this.#tell({ type: "changed", member });
  }

  remove(node: NodeId): void {
    this.#joined.get(node)?.expiry?.();
    if (!this.#joined.delete(node)) return;
    this.#gone.add(node);
    this.#tell({ type: "left", node, certain: true });
  }

  detach(view: MemoryMembership): void {
    this.#views.delete(view);
  }

  #tell(event: MembershipEvent): void {
    for (const view of this.#views) view.receive(event);
  }
}

class MemoryMembership implements Membership {
  readonly #hub: MemoryMembershipHub;
  readonly #alive = new Map<NodeId, Member>();
  readonly #gone = new Set<NodeId>();
  readonly #handlers = new Set<(event: MembershipEvent) => void>();
  #missed: MembershipEvent[] = [];
  #self: Member | null = null;
  #hasJoined = false;
  #closed = false;
  frozen = false;

  constructor(hub: MemoryMembershipHub) {
    this.#hub = hub;
  }

  async join(self: Member, onAsked: (command: Command) => void = () => {}): Promise<void> {
    this.#checkOpen();
    if (this.#hasJoined) throw new TypeError("a membership can join only once");
    this.#hub.add({ ...self }, this, onAsked);
    this.#hasJoined = true;
    this.#self = { ...self };
  }

  async update(change: Partial<Pick<Member, "draining" | "url" | "capacity">>): Promise<void> {
    this.#checkOpen();
    if (!this.#self) throw new TypeError("call join() before update()");
    this.#self = { ...this.#self, ...change };
    this.#hub.change({ ...this.#self });
  }

  async leave(): Promise<void> {
    if (!this.#self) return;
    this.#hub.remove(nodeIdOf(this.#self));
    this.#self = null;
  }

  async ask(node: NodeId, command: Command): Promise<boolean> {
    this.#checkOpen();
    return this.#hub.ask(node, command);
  }

  members(): Member[] {
    return [...this.#alive.values()].map((member) => ({ ...member }));
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    if (this.#alive.has(node)) return "alive";
    return this.#gone.has(node) ? "gone" : "unknown";
  }

  watch(handler: (event: MembershipEvent) => void): () => void {
    this.#checkOpen();
    const subscription = (event: MembershipEvent) => handler(event);
    this.#handlers.add(subscription);
    return () => this.#handlers.delete(subscription);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.leave();
    this.#closed = true;
    this.#hub.detach(this);
    this.#handlers.clear();
  }

  receive(event: MembershipEvent): void {
    if (this.frozen) {
      this.#missed.push(event);
      return;
    }
    if (event.type === "left") {
      this.#gone.add(event.node);
      // A node that was given up for silent is gone already when its death becomes certain: nothing changes.
      if (!this.#alive.delete(event.node)) return;
    } else {
      const node = nodeIdOf(event.member);
      // A change made while it was given up is seen when it joins again, and nobody joins twice.
      if (this.#alive.has(node) !== (event.type === "changed")) return;
      this.#alive.set(node, event.member);
      this.#gone.delete(node);
    }
    queueMicrotask(() => {
      for (const handler of [...this.#handlers]) handler(event);
    });
  }

  thaw(): void {
    this.frozen = false;
    for (const event of this.#missed.splice(0)) {
      // While it stood still others gave it up; it never was away for itself.
      const own = this.#self && event.type === "left" && event.node === nodeIdOf(this.#self);
      if (!own) this.receive(event);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new CarryoutError("closed", "this membership is closed");
  }
}
