/** @module Records as they are stored: text with a format version, read with defaults or refused with a reason. */

import type { Checkpoint, Download, Failure, Part, Progress, StoredFile } from "./download.ts";
import { safeFileName } from "./file-name.ts";
import { keyOf } from "./key.ts";
import { isMediaType } from "./media-type.ts";
import { NO_PROGRESS } from "./progress.ts";

/**
 * Incremented when the previous version would misread this version's records. A new field needs no new format: it gets
 * a default in `downloadOf`. Records without a version are from release 0.1.
 */
export const RECORD_FORMAT = 1;

/** A stored record that is not a valid download: damaged, foreign, or of a later version. */
export interface Unreadable {
  /** Without any of the record's content. */
  reason: string;
  /** The id of its download if it can be found: its stored parts must not be considered orphaned. */
  id: string | null;
  /** Written by a later version, which owns it: it must not be replaced. */
  isNewer: boolean;
}

export type Decoded = { download: Download; unreadable: null } | { download: null; unreadable: Unreadable };

export function encodeDownload(download: Download): string {
  return JSON.stringify({ v: RECORD_FORMAT, ...download });
}

/**
 * Never throws. Displayed fields are repaired (progress, names, messages); fields that decisions depend on must be
 * valid.
 */
export function decodeDownload(key: string, text: string): Decoded {
  let id: string | null = null;
  try {
    const { v = 0, ...fields } = members(JSON.parse(text), "it");
    id = typeof fields.id === "string" ? fields.id : null;
    if (v !== 0 && !isCount(v)) throw new Wrong("its format version must be a whole number");
    if (v > RECORD_FORMAT) return { download: null, unreadable: { reason: newer(v), id, isNewer: true } };
    return { download: downloadOf(key, fields), unreadable: null };
  } catch (error) {
    const reason = error instanceof Wrong ? error.message : "it is not JSON";
    return { download: null, unreadable: { reason, id: id ?? idIn(text), isNewer: false } };
  }
}

function newer(version: number): string {
  return `it has format ${version}, written by a newer version; this version reads formats up to ${RECORD_FORMAT}`;
}

/** What is wrong with a record, in words without its content. */
class Wrong extends Error {}

type Fields = Record<string, unknown>;

/** Unknown members are kept: a later release of this format may need them. */
function downloadOf(key: string, fields: Fields): Download {
  const { id, user, slot, kind, fingerprint, state, params = {} } = fields;
  need(isText(id, 200), "id");
  need(isText(user, 512), "user");
  need(isText(slot, 64), "slot");
  need(isText(kind, 200), "kind");
  need(isText(fingerprint, 200), "fingerprint");
  need(state === "pending" || state === "processing" || state === "ready" || state === "error", "state");
  const download = {
    ...fields,
    params,
    requestKey: isText(fields.requestKey, 200) ? fields.requestKey : null,
    node: fields.node === null || isText(fields.node, 500) ? fields.node : null,
    epoch: countOf(fields, "epoch"),
    failures: countOf(fields, "failures"),
    handovers: countOf(fields, "handovers"),
    ticket: countOf(fields, "ticket"),
    turns: countOf(fields, "turns"),
    network: isText(fields.network, 100) ? fields.network : null,
    ranMs: durationOf(fields, "ranMs"),
    progress: progressOf(fields.progress),
    checkpoint: checkpointOf(fields.checkpoint),
    file: fileOf(fields.file),
    error: isObject(fields.error) || state === "error" ? failureOf(fields.error) : null,
    requestedAt: timeOf(fields.requestedAt, "requestedAt"),
    startedAt: timeOrNull(fields.startedAt, "startedAt"),
    finishedAt: timeOrNull(fields.finishedAt, "finishedAt"),
    backoffMs: durationOf(fields, "backoffMs"),
    unclaimedSince: timeOrNull(fields.unclaimedSince, "unclaimedSince"),
    expiresAt: timeOrNull(fields.expiresAt, "expiresAt"),
  } as Download;
  if (state === "ready" && download.file === null) throw new Wrong("it is ready but has no file");
  if (keyFor(download) !== key) throw new Wrong("it belongs to another key");
  return download;
}

function keyFor(download: Download): string | null {
  try {
    return keyOf(download);
  } catch {
    return null;
  }
}

function progressOf(value: unknown): Progress {
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

function checkpointOf(value: unknown): Checkpoint | null {
  if (value === null || value === undefined) return null;
  const { state = null, parts, size, hash } = members(value, "checkpoint");
  need(isCount(size), "checkpoint.size");
  need(typeof hash === "string", "checkpoint.hash");
  return { state, parts: partsOf(parts, "checkpoint.parts"), size, hash } as Checkpoint;
}

function fileOf(value: unknown): StoredFile | null {
  if (value === null || value === undefined) return null;
  const { name, type, note, size, sha256, parts } = members(value, "file");
  need(isCount(size), "file.size");
  need(isText(sha256, 64), "file.sha256");
  return {
    name: (typeof name === "string" && safeFileName(name)) || "download",
    type: typeof type === "string" && isMediaType(type) ? type : "application/octet-stream",
    ...(typeof note === "string" && { note }),
    size,
    sha256,
    parts: partsOf(parts, "file.parts"),
  };
}

function partsOf(value: unknown, name: string): Part[] {
  if (!Array.isArray(value)) throw wrong(name);
  for (const part of value) {
    need(isObject(part) && isText(part.key, 500) && isCount(part.size) && isText(part.sha256, 64), name);
  }
  return value;
}

function failureOf(value: unknown): Failure {
  const { code, message, retriable } = isObject(value) ? value : {};
  return {
    code: typeof code === "string" ? code : "generation-failed",
    message: typeof message === "string" ? message : "The file could not be generated.",
    retriable: retriable !== false,
  };
}

function countOf(fields: Fields, name: string): number {
  const { [name]: value = 0 } = fields;
  need(isCount(value), name);
  return value;
}

function durationOf(fields: Fields, name: string): number {
  const { [name]: value = 0 } = fields;
  need(isNumber(value) && value >= 0, name);
  return value;
}

/** The range of a `Date`. */
const LATEST_TIME = 8.64e15;

function timeOf(value: unknown, name: string): number {
  need(isNumber(value) && Math.abs(value) <= LATEST_TIME, name);
  return value;
}

function timeOrNull(value: unknown, name: string): number | null {
  return value === null || value === undefined ? null : timeOf(value, name);
}

function members(value: unknown, name: string): Fields {
  if (!isObject(value)) throw new Wrong(`${name} is not an object`);
  return value;
}

function need(isRight: boolean, name: string): asserts isRight {
  if (!isRight) throw wrong(name);
}

function wrong(name: string): Wrong {
  return new Wrong(`its ${name} is missing or wrong`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest;
}

/** In truncated or damaged text. */
function idIn(text: string): string | null {
  return /"id":"([\w-]{1,200})"/.exec(text)?.[1] ?? null;
}
