/** @module The messages of nodes in a NATS cluster about themselves, and how they are parsed. */

import type { Json } from "../../../download/json.ts";
import type { NodeId } from "../../../ports/membership.ts";
import { isObject } from "../../../ports/read-member.ts";
import { type Announcement, isName, readAnnouncement } from "../../lifeline/announcement.ts";

/**
 * `here`: a heartbeat or a change, with how many members it sees. `hail`: asks all members for theirs; an observer's
 * announcement is null. `leave`: it is gone for good. `died`: a node that watched it saw it die.
 */
export type NatsMemberMessage =
  | { type: "here"; announcement: Announcement; dead: NodeId[]; members: number }
  | { type: "hail"; announcement: Announcement | null; dead: NodeId[] }
  | { type: "leave"; node: NodeId }
  | { type: "died"; node: NodeId };

/** At most this many certain deaths are named in a message. */
export const DEAD_TOLD = 200;

export function encodeMessage(message: NatsMemberMessage): string {
  return JSON.stringify(message);
}

/** Null for an invalid message, as a process of another version, or a foreign one, might send. */
export function readNatsMessage(bytes: Uint8Array): NatsMemberMessage | null {
  const message = parse(bytes);
  if (!isObject(message)) return null;
  const dead = readNodes(message.dead);
  const announcement = readAnnouncement(message.announcement);
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
