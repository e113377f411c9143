/** @module The messages of nodes in a NATS cluster about themselves, and how they are parsed. */

import type { Json } from "../../../download/json.ts";
import { type Member, type NodeId, nodeIdOf } from "../../../ports/membership.ts";
import type { Said } from "../../../ports/own-member.ts";
import { readMember } from "../../../ports/read-member.ts";

/** A member, and how its process is watched. */
export interface NatsAnnouncement extends Said {
  /** Where it listens for lifelines; null if it does not. */
  lifeline: LifelineAddress | null;
}

export interface LifelineAddress {
  addresses: string[];
  port: number;
}

/**
 * `here`: a heartbeat or a change, with how many members it sees. `hail`: asks all members for theirs; an observer's
 * announcement is null. `leave`: it is gone for good. `died`: a node that watched it saw it die.
 */
export type NatsMemberMessage =
  | { type: "here"; announcement: NatsAnnouncement; dead: NodeId[]; members: number }
  | { type: "hail"; announcement: NatsAnnouncement | null; dead: NodeId[] }
  | { type: "leave"; node: NodeId }
  | { type: "died"; node: NodeId };

/** At most this many certain deaths are named in a message. */
export const DEAD_TOLD = 200;
const MOST_ADDRESSES = 16;
/** Characters of a name, an incarnation, a node id, an address. */
const LONGEST_NAME = 512;
const LONGEST_URL = 4_096;

export function encodeMessage(message: NatsMemberMessage): string {
  return JSON.stringify(message);
}

/** Null for an invalid message, as a process of another version, or a foreign one, might send. */
export function readNatsMessage(bytes: Uint8Array): NatsMemberMessage | null {
  const message = parse(bytes);
  if (!isObject(message)) return null;
  const dead = readNodes(message.dead);
  const announcement = readNatsAnnouncement(message.announcement);
  switch (message.type) {
    case "here": {
      const members = Number.isSafeInteger(message.members) ? (message.members as number) : 0;
      return announcement && { type: "here", announcement, dead, members };
    }
    case "hail":
      return { type: "hail", announcement, dead };
    case "leave":
    case "died":
      return isName(message.node) ? { type: message.type, node: message.node } : null;
    default:
      return null;
  }
}

function readNatsAnnouncement(value: Json | undefined): NatsAnnouncement | null {
  if (!isObject(value)) return null;
  const member = readMember(value.member);
  if (member === null || !isSound(member)) return null;
  const revision = Number.isSafeInteger(value.revision) ? (value.revision as number) : 0;
  return { member, revision, lifeline: readLifeline(value.lifeline) };
}

/** An invalid address only means no lifeline. */
function readLifeline(value: Json | undefined): LifelineAddress | null {
  if (!isObject(value) || !Array.isArray(value.addresses)) return null;
  const { port } = value;
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65_535) return null;
  const addresses = value.addresses.filter(isName).slice(0, MOST_ADDRESSES);
  return addresses.length === 0 ? null : { addresses, port: Number(port) };
}

function isSound(member: Member): boolean {
  const { name, incarnation, url, version, capacity, inlineCapacity } = member;
  const places = [capacity, inlineCapacity];
  return (
    isName(name) &&
    isName(incarnation) &&
    isName(nodeIdOf(member)) &&
    (url === null || url.length <= LONGEST_URL) &&
    version.length <= LONGEST_NAME &&
    places.every((each) => Number.isFinite(each) && each >= 0)
  );
}

function readNodes(value: Json | undefined): NodeId[] {
  return Array.isArray(value) ? value.filter(isName).slice(0, DEAD_TOLD) : [];
}

function parse(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}

/** False for an invalid node id, which would produce a subject that servers reject. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= LONGEST_NAME;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
