/** @module The messages of one machine's nodes about themselves, and how they are parsed. */

import type { Json } from "../../../download/json.ts";
import type { NodeId } from "../../../ports/membership.ts";
import type { Said } from "../../../ports/own-member.ts";
import { isObject, readMember, textOf } from "../../../ports/read-member.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { processMark } from "./process-sign.ts";

/** A member, and how its process is found. */
export interface Announcement extends Said {
  /** Its process on the mesh. */
  peer: string;
  /** Where it listens; null if it could not. */
  address: string | null;
  pid: number;
  /** See `processMark`. */
  mark: string | null;
}

/** Of this process. */
export function announcementOf(
  said: Said,
  { id: peer, address }: Pick<Mesh, "id" | "address">,
): Announcement {
  return { ...said, peer, address, pid: process.pid, mark: processMark() };
}

/**
 * `here`: a sign of life, or a change. `hail`: the same from a newcomer, answered by `here`; the announcement is null
 * if the newcomer only observes. `leave`: gone for good.
 */
export type MemberMessage =
  | { type: "here" | "hail"; announcement: Announcement | null; dead: NodeId[] }
  | { type: "leave"; node: NodeId };

/** Null for an invalid message, as a process of another version might send. */
export function readMemberMessage(message: Json): MemberMessage | null {
  if (!isObject(message)) return null;
  if (message.type === "leave") {
    return typeof message.node === "string" ? { type: "leave", node: message.node } : null;
  }
  if (message.type !== "here" && message.type !== "hail") return null;
  const dead = Array.isArray(message.dead) ? message.dead.filter((node) => typeof node === "string") : [];
  return { type: message.type, announcement: readAnnouncement(message.announcement), dead };
}

/** Null for an invalid announcement. Members unknown to this version are left out. */
export function readAnnouncement(value: Json | undefined): Announcement | null {
  if (!isObject(value)) return null;
  const member = readMember(value.member);
  if (member === null || typeof value.peer !== "string" || typeof value.pid !== "number") return null;
  const { peer, pid } = value;
  const revision = typeof value.revision === "number" ? value.revision : 0;
  return { member, revision, peer, address: textOf(value.address), pid, mark: textOf(value.mark) };
}
