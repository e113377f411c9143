/** @module The store keys of a slot and of a download: both begin with their user. */

import { CarryoutError } from "../errors.ts";
import type { Download } from "./download.ts";

/** Longest user id in characters. */
export const LONGEST_USER = 512;
const SLOT = /^[A-Za-z0-9_-]{1,64}$/;
const ID = /^[A-Za-z0-9_-]{1,200}$/;

/** `base64url(user).slot`: only characters that every engine accepts in a key. Throws `invalid-request`. */
export function slotKey(user: string, slot: string): string {
  return `${userPrefix(user)}${checkSlot(slot)}`;
}

/** The key of the slot that a download has or had. */
export function keyOf({ user, slot }: Pick<Download, "user" | "slot">): string {
  return slotKey(user, slot);
}

/** `base64url(user).id`: the key of its work and of its history entry. */
export function downloadKey(user: string, id: string): string {
  return `${userPrefix(user)}${id}`;
}

/** True for a valid download id: 1 to 200 letters, digits, "-" or "_". */
export function isDownloadId(text: string): boolean {
  return ID.test(text);
}

/** The part of a `downloadKey` that is the id. */
export function idOf(key: string): string {
  return key.slice(key.indexOf(".") + 1);
}

/** The prefixes asked for last: a download needs that of its user a dozen times. */
const PREFIXES = new Map<string, string>();
const MOST_PREFIXES = 500;

/** The prefix of all keys of this user. */
export function userPrefix(user: string): string {
  const known = PREFIXES.get(user);
  if (known !== undefined) return known;
  const prefix = prefixOf(user);
  if (PREFIXES.size >= MOST_PREFIXES) PREFIXES.clear();
  PREFIXES.set(user, prefix);
  return prefix;
}

function prefixOf(user: string): string {
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

/** The user of a key. */
export function userOf(key: string): string {
  return Buffer.from(ownerOf(key), "base64url").toString("utf8");
}

function checkSlot(slot: string): string {
  if (SLOT.test(slot)) return slot;
  throw new CarryoutError(
    "invalid-request",
    `a slot must be 1 to 64 letters, digits, "-" or "_", not ${JSON.stringify(slot.slice(0, 80))}`,
    { details: { slot: slot.slice(0, 80) } },
  );
}
