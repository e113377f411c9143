/** @module The store key of a slot: a user has at most one download in each. */

import { CarryoutError } from "../errors.ts";
import type { Download } from "./download.ts";

/** Longest user id in characters. */
export const LONGEST_USER = 512;
const SLOT = /^[A-Za-z0-9_-]{1,64}$/;

/** `base64url(user).slot`: only characters that every engine accepts in a key. Throws `invalid-request`. */
export function slotKey(user: string, slot: string): string {
  return `${userPrefix(user)}${checkSlot(slot)}`;
}

/** The key of a record: its slot's; once another download has that slot, its id, which can't be a slot's name. */
export function keyOf(
  download: Pick<Download, "user" | "slot"> & Partial<Pick<Download, "id" | "isReplaced">>,
): string {
  if (download.isReplaced) return `${userPrefix(download.user)}~${download.id}`;
  return slotKey(download.user, download.slot);
}

/** The prefix of all keys of this user. */
export function userPrefix(user: string): string {
  if (user.length === 0 || user.length > LONGEST_USER) {
    throw new CarryoutError(
      "invalid-request",
      `a user id must have 1 to ${LONGEST_USER} characters, not ${user.length}`,
    );
  }
  if (!user.isWellFormed()) {
    throw new CarryoutError(
      "invalid-request",
      "a user id must be well-formed Unicode, not contain a lone surrogate",
    );
  }
  return `${Buffer.from(user, "utf8").toString("base64url")}.`;
}

/** The part of a key that identifies its user. */
export function ownerOf(key: string): string {
  return key.slice(0, key.indexOf("."));
}

function checkSlot(slot: string): string {
  if (SLOT.test(slot)) return slot;
  throw new CarryoutError(
    "invalid-request",
    `a slot must be 1 to 64 letters, digits, "-" or "_", not ${JSON.stringify(slot.slice(0, 80))}`,
    { details: { slot: slot.slice(0, 80) } },
  );
}
