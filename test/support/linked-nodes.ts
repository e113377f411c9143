/** @module Nodes that are connected by their own sockets, without a membership. */

import { systemClock as clock } from "../../src/clock/system.ts";
import type { Announcement } from "../../src/engines/lifeline/announcement.ts";
import { type OwnLifeline, openOwnLifeline } from "../../src/engines/lifeline/own-lifeline.ts";
import { Links } from "../../src/engines/postgres/feed/links.ts";
import { testMember } from "../../src/ports/contracts/membership-contract.ts";
import { type NodeId, nodeIdOf } from "../../src/ports/membership.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import { eventually } from "./real-cluster.ts";

export interface LinkedNode {
  links: Links;
  announcement: Announcement;
  lifeline: OwnLifeline;
}

/** A node that can be reached, and knows of no other. */
export async function openLinkedNode(name: string): Promise<LinkedNode> {
  const links = new Links({ clock, log });
  const member = testMember(name);
  const lifeline = (await openOwnLifeline({}, { incarnation: member.incarnation, streams: links, log }))!;
  return { links, announcement: { member, revision: 0, lifeline: lifeline.address }, lifeline };
}

export class LinkedNodes {
  readonly #nodes: LinkedNode[] = [];
  readonly #members = new Map<NodeId, Announcement>();

  /** A node in this process, connected to all others. */
  async open(): Promise<LinkedNode> {
    const node = await openLinkedNode(`linked-${clock.id()}`);
    this.#nodes.push(node);
    await this.know(node.announcement);
    return node;
  }

  /** Connects all to this node, which may be of another process. */
  async know(announcement: Announcement): Promise<void> {
    this.#members.set(nodeIdOf(announcement.member), announcement);
    for (const { links, announcement: own } of this.#nodes) {
      const others = [...this.#members].filter(([node]) => node !== nodeIdOf(own.member));
      links.keep(new Map(others));
    }
    await this.connected();
  }

  async connected(): Promise<void> {
    await eventually("all are connected", async () => this.#nodes.every(({ links }) => links.reachesAll));
  }

  /** Breaks all connections; they come back. */
  cut(): void {
    for (const { links } of this.#nodes) for (const peer of links.mesh.peers()) links.mesh.drop(peer);
  }

  /** Breaks them for good. */
  async close(): Promise<void> {
    for (const { links, lifeline } of this.#nodes) {
      lifeline.listener.close();
      await links.close();
    }
  }
}
