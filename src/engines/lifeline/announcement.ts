/** @module A member as it announces itself between machines, with where it listens for lifelines. */

import type { Json } from "../../download/json.ts";
import { type Member, nodeIdOf } from "../../ports/membership.ts";
import type { Said } from "../../ports/own-member.ts";
import { isObject, readMember } from "../../ports/read-member.ts";

/** A member, and how its process is watched. */
export interface Announcement extends Said {
  /** Where it listens for lifelines; null if it does not. */
  lifeline: LifelineAddress | null;
}

export interface LifelineAddress {
  addresses: string[];
  port: number;
  /** For private streams to it, where the announcement is seen by the cluster alone; omitted where there are none. */
  stream?: StreamDoor;
}

export interface StreamDoor {
  /** How its process is named in the streams. */
  id: string;
  /** Whoever knows it may open one. */
  key: string;
}

const MOST_ADDRESSES = 16;
/** Characters of a name, an incarnation, a node id, an address. */
const LONGEST_NAME = 512;
const LONGEST_URL = 4_096;
const LONGEST_KEY = 64;

/** Null for an invalid one, as a process of another version, or a foreign one, might send. */
export function readAnnouncement(value: Json | undefined): Announcement | null {
  if (!isObject(value)) return null;
  const member = readMember(value.member);
  if (member === null || !isSound(member)) return null;
  const revision = Number.isSafeInteger(value.revision) ? (value.revision as number) : 0;
  return { member, revision, lifeline: readAddress(value.lifeline) };
}

/** Null for an invalid address, which only means no lifeline. */
function readAddress(value: Json | undefined): LifelineAddress | null {
  if (!isObject(value) || !Array.isArray(value.addresses)) return null;
  const { port } = value;
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65_535) return null;
  const addresses = value.addresses.filter(isName).slice(0, MOST_ADDRESSES);
  if (addresses.length === 0) return null;
  const stream = readDoor(value.stream);
  return { addresses, port: Number(port), ...(stream && { stream }) };
}

function readDoor(value: Json | undefined): StreamDoor | null {
  if (!isObject(value)) return null;
  const { id, key } = value;
  return isName(id) && isName(key) && key.length <= LONGEST_KEY ? { id, key } : null;
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

/** False for what can't be a node id, a name or an address. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= LONGEST_NAME;
}
