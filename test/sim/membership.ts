/** @module Membership with delays that differ per node, which occasionally presumes living nodes dead. */

import { UnavailableError } from "../../src/errors.ts";
import { askUntilHeard } from "../../src/ports/asking.ts";
import {
  type Command,
  type Member,
  type Membership,
  type MembershipEvent,
  type NodeId,
  nodeIdOf,
} from "../../src/ports/membership.ts";
import type { Chance } from "./chance.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** Probability that a dead process's closed connection is noticed at once, instead of after its lease. */
const LIFELINE = 0.7;

/** The members that are truly alive, and the events that each view received. */
export class MembershipHub {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #joined = new Map<NodeId, { member: Member; machine: Machine }>();
  readonly #views = new Set<SimMembership>();

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  open(machine: Machine): SimMembership {
    const view = new SimMembership(this.#world, machine, this, this.#chance.fork());
    this.#views.add(view);
    return view;
  }

  viewOf(machine: Machine): SimMembership | undefined {
    return [...this.#views].find((view) => view.machine === machine);
  }

  join(member: Member, own: SimMembership): void {
    const id = nodeIdOf(member);
    this.#joined.set(id, { member, machine: own.machine });
    for (const view of this.#views) if (canHear(view.machine, own.machine)) view.tellJoined(member);
    for (const { member: other, machine } of this.#joined.values()) {
      if (canHear(own.machine, machine)) own.tellJoined(other);
    }
  }

  change(member: Member): void {
    const joined = this.#joined.get(nodeIdOf(member));
    if (!joined) return;
    joined.member = member;
    for (const view of this.#views) {
      if (canHear(view.machine, joined.machine)) view.tell({ type: "changed", member });
    }
  }

  leave(id: NodeId): void {
    if (!this.#joined.delete(id)) return;
    for (const view of this.#views) view.tellLeft(id, true);
  }

  /** The command and its acknowledgement may be lost, late or duplicated. */
  ask(node: NodeId, command: Command, from: Machine, heard: () => void): void {
    const joined = this.#joined.get(node);
    const view = joined && this.viewOf(joined.machine);
    if (!joined || !view) return;
    this.#send(from, joined.machine, () => {
      view.receiveCommand(command);
      this.#send(joined.machine, from, heard);
    });
  }

  #send(from: Machine, to: Machine, arrive: () => void): void {
    const { clock, sky } = this.#world;
    for (let times = this.#chance.is(sky.weather.messageTwice) ? 2 : 1; times > 0; times--) {
      if (this.#chance.is(sky.weather.messageLost)) continue;
      clock.after(sky.latency(this.#chance), () => {
        if (!from.isCutOff && !to.isCutOff) to.gate.enter(arrive);
      });
    }
  }

  close(view: SimMembership): void {
    this.#views.delete(view);
  }

  /** The process is gone: some nodes notice at once, the others when its lease expires. */
  crash(machine: Machine): void {
    const own = this.viewOf(machine);
    if (own) this.close(own);
    const { id } = machine;
    if (!id || !this.#joined.delete(id)) return;
    for (const view of this.#views) {
      if (this.#chance.is(LIFELINE)) {
        this.#world.clock.after(this.#chance.whole(0, 30), () => view.tellLeft(id, true));
      } else {
        this.#afterLease(() => view.tellLeft(id, false));
      }
    }
  }

  /** It is silent from now on, frozen or cut off: nodes presume it gone if its lease expires in silence. */
  silent(machine: Machine): void {
    for (const view of this.#views) {
      if (view.machine === machine) continue;
      this.#giveUpLater(view, machine);
      if (machine.isCutOff && this.#chance.is(0.5)) {
        const own = this.viewOf(machine);
        if (own) this.#giveUpLater(own, view.machine);
      }
    }
  }

  /** Nodes that can reach each other again learn of it. */
  heard(): void {
    for (const view of this.#views) {
      for (const { member, machine } of this.#joined.values()) {
        if (canHear(view.machine, machine)) view.tellJoined(member);
      }
    }
  }

  /** A wrong suspicion. */
  suspect(view: SimMembership, machine: Machine, forMs: number): void {
    if (!machine.id || !this.#joined.has(machine.id) || view.machine === machine) return;
    view.tellLeft(machine.id, false);
    this.#world.clock.after(forMs, () => this.heard());
  }

  #giveUpLater(view: SimMembership, machine: Machine): void {
    const { id } = machine;
    this.#afterLease(() => {
      if (id && this.#joined.has(id) && !canHear(view.machine, machine)) view.tellLeft(id, false);
    });
  }

  #afterLease(act: () => void): void {
    const { leaseMs } = this.#world.settings;
    this.#world.clock.after(leaseMs + this.#chance.whole(0, leaseMs / 2), act);
  }
}

function canHear(listener: Machine, speaker: Machine): boolean {
  if (listener === speaker) return true;
  return !listener.isCutOff && !speaker.isCutOff && !speaker.gate.isFrozen && !speaker.gate.isDead;
}

/** One node's view. */
export class SimMembership implements Membership {
  readonly #world: World;
  readonly machine: Machine;
  readonly #hub: MembershipHub;
  readonly #chance: Chance;
  readonly #alive = new Map<NodeId, Member>();
  readonly #gone = new Set<NodeId>();
  readonly #handlers = new Set<(event: MembershipEvent) => void>();
  /** Nodes whose announcement was sent to it, even if it has not arrived yet. */
  readonly #told = new Set<NodeId>();
  /** Nodes that it ever presumed gone. */
  readonly everGone = new Set<NodeId>();
  /** Since when it has seen each node alive, by the world's monotonic time. */
  readonly seenSince = new Map<NodeId, number>();
  #self: Member | null = null;
  #lastArrivalAt = 0;
  #onAsked: (command: Command) => void = () => {};

  constructor(world: World, machine: Machine, hub: MembershipHub, chance: Chance) {
    this.#world = world;
    this.machine = machine;
    this.#hub = hub;
    this.#chance = chance;
  }

  async join(self: Member, onAsked: (command: Command) => void = () => {}): Promise<void> {
    await this.#reach("join");
    this.#onAsked = onAsked;
    this.#self = { ...self };
    this.machine.id = nodeIdOf(self);
    this.#hub.join({ ...self }, this);
    // A node must not be seen before it sees itself: the answer comes after the announcements to the others.
    await new Promise<void>((resolve) => this.#later(resolve));
  }

  async update(change: Partial<Pick<Member, "draining" | "url" | "capacity" | "revisions">>): Promise<void> {
    if (!this.#self) throw new TypeError("join before you update");
    this.#self = { ...this.#self, ...change };
    await this.#reach("membership update");
    if (this.#self) this.#hub.change({ ...this.#self });
  }

  async leave(): Promise<void> {
    if (!this.#self) return;
    await this.#reach("leave");
    this.#hub.leave(nodeIdOf(this.#self));
    this.#self = null;
  }

  ask(node: NodeId, command: Command): Promise<boolean> {
    return askUntilHeard(this.machine.clock, (timeoutMs) => {
      return new Promise((resolve) => {
        this.machine.clock.after(timeoutMs, () => resolve(false));
        this.#hub.ask(node, command, this.machine, () => resolve(true));
      });
    });
  }

  /** A command has arrived. */
  receiveCommand(command: Command): void {
    this.#world.history.add(this.machine.name, `is asked to ${command}`);
    this.#onAsked(command);
  }

  members(): Member[] {
    return [...this.#alive.values()].map((member) => ({ ...member }));
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    if (this.#alive.has(node)) return "alive";
    return this.#gone.has(node) ? "gone" : "unknown";
  }

  watch(handler: (event: MembershipEvent) => void): () => void {
    const subscription = (event: MembershipEvent) => handler(event);
    this.#handlers.add(subscription);
    return () => this.#handlers.delete(subscription);
  }

  async close(): Promise<void> {
    this.#hub.close(this);
    this.#handlers.clear();
  }

  tellJoined(member: Member): void {
    const id = nodeIdOf(member);
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.tell({ type: "joined", member });
  }

  tellLeft(node: NodeId, certain: boolean): void {
    if (this.#self && node === nodeIdOf(this.#self)) return;
    this.#told.delete(node);
    this.tell({ type: "left", node, certain });
  }

  tell(event: MembershipEvent): void {
    this.#later(() => this.#receive(event));
  }

  #receive(event: MembershipEvent): void {
    if (event.type === "left") {
      this.#gone.add(event.node);
      this.everGone.add(event.node);
      if (!this.#alive.delete(event.node)) return;
      this.#world.history.add(this.machine.name, `takes ${event.node} for dead`);
    } else {
      const node = nodeIdOf(event.member);
      if (this.#alive.has(node) !== (event.type === "changed")) return;
      this.#alive.set(node, event.member);
      this.#gone.delete(node);
      if (!this.seenSince.has(node)) this.seenSince.set(node, this.#world.clock.monotonic());
      if (event.type === "joined") this.#world.history.add(this.machine.name, `sees ${node}`);
    }
    queueMicrotask(() => {
      for (const handler of [...this.#handlers]) handler(event);
    });
  }

  async #reach(what: string): Promise<void> {
    await new Promise<void>((resolve) => this.#later(resolve));
    if (this.machine.isCutOff) throw new UnavailableError(`${what}: cut off`);
  }

  /** In order for this view, with a small delay. */
  #later(act: () => void): void {
    const { clock, sky } = this.#world;
    const at = Math.max(this.#lastArrivalAt, clock.monotonic() + sky.latency(this.#chance));
    this.#lastArrivalAt = at;
    clock.after(at - clock.monotonic(), () => this.machine.gate.enter(act));
  }
}
