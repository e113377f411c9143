/** @module Membership among the nodes of one process, which call each other. */

import {
  type LeasedMembership,
  type LeasedMembershipOptions,
  type MembershipState,
  type MembershipWire,
  openLeasedMembership,
} from "../../ports/leased-membership.ts";
import { type Command, type Member, type NodeId, nodeIdOf } from "../../ports/membership.ts";
import type { Said } from "../../ports/own-member.ts";

/**
 * State shared by the memberships of one process. Every change reaches every view before the call that made it
 * resolves.
 */
export class MemoryMembers {
  readonly #views = new Set<MemoryWire>();
  readonly #used = new Set<NodeId>();

  /** False if it was used before. */
  use(node: NodeId): boolean {
    return this.#used.size < this.#used.add(node).size;
  }

  /** The node's process dies: the others know it for certain at once, its own view receives no more events. */
  crash(node: NodeId): void {
    const view = this.viewOf(node);
    if (!view) return;
    this.#views.delete(view);
    for (const { state } of this.#views) state.bury(node);
  }

  add(view: MemoryWire): void {
    this.#views.add(view);
  }

  delete(view: MemoryWire): void {
    this.#views.delete(view);
  }

  viewOf(node: NodeId): MemoryWire | undefined {
    return [...this.#views].find(({ state }) => state.own.node === node);
  }

  /** None for a node that has crashed. */
  othersOf(view: MemoryWire): MemoryWire[] {
    return this.#views.has(view) ? [...this.#views].filter((other) => other !== view) : [];
  }
}

/** Also for a node that never joins: it sees all that have joined. */
export function openMemoryMembership(
  options: LeasedMembershipOptions,
  members: MemoryMembers,
): Promise<LeasedMembership> {
  return openLeasedMembership(options, (state) => new MemoryWire(members, state));
}

/** A node can't be silent while others in its process are not, so signs of life never expire. */
class MemoryWire implements MembershipWire {
  readonly ticksPerLease = 3;
  readonly state: MembershipState;
  readonly #members: MemoryMembers;
  #onAsked: (command: Command) => void = () => {};

  constructor(members: MemoryMembers, state: MembershipState) {
    this.#members = members;
    this.state = state;
  }

  async open(): Promise<void> {
    this.#members.add(this);
    for (const other of this.#members.othersOf(this)) this.#hear(other);
  }

  async enter({ member }: Said): Promise<boolean> {
    return this.#members.use(nodeIdOf(member));
  }

  async introduce(_node: NodeId, onAsked: (command: Command) => void): Promise<void> {
    this.#onAsked = onAsked;
    this.beat();
  }

  beat(): void {
    for (const other of this.#members.othersOf(this)) other.#hear(this);
  }

  tick(): void {
    this.beat();
  }

  hears(): boolean {
    return true;
  }

  async leave(member: Member): Promise<void> {
    for (const { state } of this.#members.othersOf(this)) state.bury(nodeIdOf(member));
  }

  async ask(node: NodeId, command: Command): Promise<boolean> {
    const asked = this.#members.viewOf(node);
    if (asked) queueMicrotask(() => asked.#onAsked(command));
    return asked !== undefined;
  }

  close(): void {
    this.#members.delete(this);
  }

  #hear(other: MemoryWire): void {
    const { said } = other.state.own;
    if (said) this.state.roster.hear(said.member, Number.POSITIVE_INFINITY);
  }
}
