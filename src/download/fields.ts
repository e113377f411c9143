/** @module Reads the fields of stored values one by one; error messages never contain their content. */

import type { Checkpoint, Checkpoints, Part, Progress } from "./download.ts";
import { NO_PROGRESS } from "./progress.ts";

/** A stored value that is not valid: damaged, foreign, or of a later version. */
export interface Unreadable {
  /** Contains nothing of the value itself. */
  reason: string;
  /** The id of its download, if it can be determined: data stored for it must not be treated as orphaned. */
  id: string | null;
  /** Written by a later version, which still uses it: it must not be replaced. */
  isNewer: boolean;
}

export type Decoded<Value> = { value: Value; unreadable: null } | { value: null; unreadable: Unreadable };

/** What is wrong with a value, in words without its content. */
export class Wrong extends Error {}

export type Fields = Record<string, unknown>;

/**
 * Never throws. `read` throws `Wrong` for fields that would lead to wrong decisions; its second argument is their
 * format.
 */
export function decode<Value>(
  text: string,
  format: number,
  read: (fields: Fields, format: number) => Value,
): Decoded<Value> {
  let id: string | null = null;
  try {
    const { v = 0, ...fields } = members(JSON.parse(text), "it");
    id = typeof fields.id === "string" ? fields.id : null;
    if (v !== 0 && !isCount(v)) throw new Wrong("its format version must be a whole number");
    if (v > format) return { value: null, unreadable: { reason: newer(v, format), id, isNewer: true } };
    return { value: read(fields, v), unreadable: null };
  } catch (error) {
    const reason = error instanceof Wrong ? error.message : "it is not JSON";
    return { value: null, unreadable: { reason, id: id ?? idIn(text), isNewer: false } };
  }
}

function newer(version: number, format: number): string {
  return `it has format ${version}, written by a newer version; this version reads formats up to ${format}`;
}

export function progressOf(value: unknown): Progress {
  const fields = isObject(value) ? value : {};
  const { done, total, message, fraction, etaMs } = fields;
  const isShare = isNumber(fraction) && fraction >= 0 && fraction <= 1;
  return {
    done: isNumber(done) && done >= 0 ? done : NO_PROGRESS.done,
    total: isNumber(total) ? total : null,
    message: typeof message === "string" ? message : null,
    fraction: isShare ? fraction : null,
    etaMs: isNumber(etaMs) ? etaMs : null,
  };
}

export function checkpointOf(value: unknown): Checkpoint | null {
  if (value === null || value === undefined) return null;
  const { state = null, parts, size, hash } = members(value, "checkpoint");
  need(isCount(size), "checkpoint.size");
  need(typeof hash === "string", "checkpoint.hash");
  return { state, parts: partsOf(parts, "checkpoint.parts"), size, hash } as Checkpoint;
}

/** Zero for what is missing or wrong: it is only displayed. */
export function checkpointsOf(value: unknown): Checkpoints {
  const { count, at } = isObject(value) ? value : {};
  return { count: isCount(count) ? count : 0, at: isTime(at) ? at : null };
}

export function partsOf(value: unknown, name: string): Part[] {
  if (!Array.isArray(value)) throw wrong(name);
  for (const part of value) {
    need(isObject(part) && isText(part.key, 500) && isCount(part.size) && isText(part.sha256, 64), name);
  }
  return value;
}

export function countOf(fields: Fields, name: string): number {
  const { [name]: value = 0 } = fields;
  need(isCount(value), name);
  return value;
}

export function durationOf(fields: Fields, name: string): number {
  const { [name]: value = 0 } = fields;
  need(isNumber(value) && value >= 0, name);
  return value;
}

/** The latest time that a `Date` can represent. */
const LATEST_TIME = 8.64e15;

export function timeOf(value: unknown, name: string): number {
  need(isTime(value), name);
  return value;
}

export function isTime(value: unknown): value is number {
  return isNumber(value) && Math.abs(value) <= LATEST_TIME;
}

export function timeOrNull(value: unknown, name: string): number | null {
  return value === null || value === undefined ? null : timeOf(value, name);
}

export function members(value: unknown, name: string): Fields {
  if (!isObject(value)) throw new Wrong(`${name} is not an object`);
  return value;
}

export function need(isRight: boolean, name: string): asserts isRight {
  if (!isRight) throw wrong(name);
}

function wrong(name: string): Wrong {
  return new Wrong(`its ${name} is missing or wrong`);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest;
}

/** Finds the id in truncated or damaged text. */
function idIn(text: string): string | null {
  return /"id":"([\w-]{1,200})"/.exec(text)?.[1] ?? null;
}
