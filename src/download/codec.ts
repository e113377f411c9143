/**
 * @module Encodes and decodes stored records: text with a format version, read with defaults or refused with a reason.
 */

import type { Download, Failure, StoredFile, Story, StoryEvent } from "./download.ts";
import {
  checkpointsOf,
  countOf,
  type Decoded,
  decode,
  durationOf,
  type Fields,
  isCount,
  isObject,
  isText,
  isTime,
  members,
  need,
  partsOf,
  progressOf,
  timeOf,
  timeOrNull,
  Wrong,
} from "./fields.ts";
import { safeFileName } from "./file-name.ts";
import { downloadKey, keyOf } from "./key.ts";
import { isMediaType } from "./media-type.ts";
import { MOST_STORY_EVENTS, STORY_EVENT_TYPES, storyFrom } from "./story.ts";

export type { Unreadable } from "./fields.ts";

/**
 * Raised when records of this version would be misread by the version before. A field that is added needs no new
 * format: it gets a default in `downloadOf`. Up to format 1, a record also contained the work on its download: see
 * `old-record.ts`. Records without a version are those of release 0.1.
 */
export const RECORD_FORMAT = 2;

export function encodeDownload(download: Download): string {
  return JSON.stringify({ v: RECORD_FORMAT, ...download });
}

/**
 * Never throws. Fields that are only displayed (progress, names, messages) are repaired; all others must be valid, and
 * the record must belong to this key: that of its slot, or in the history that of its id.
 */
export function decodeDownload(key: string, text: string): Decoded<Download> {
  return decode(text, RECORD_FORMAT, (fields) => {
    const download = downloadOf(fields);
    if (!isKeyOf(key, download)) throw new Wrong("it belongs to another key");
    return download;
  });
}

/** Unknown members are kept: a later release with the same format may need them. */
export function downloadOf(fields: Fields): Download {
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
    revision: isText(fields.revision, 200) ? fields.revision : null,
    freshSince: countOf(fields, "freshSince"),
    file: fileOf(fields.file),
    error: isObject(fields.error) || state === "error" ? failureOf(fields.error) : null,
    requestedAt: timeOf(fields.requestedAt, "requestedAt"),
    startedAt: timeOrNull(fields.startedAt, "startedAt"),
    finishedAt: timeOrNull(fields.finishedAt, "finishedAt"),
    backoffMs: durationOf(fields, "backoffMs"),
    unclaimedSince: timeOrNull(fields.unclaimedSince, "unclaimedSince"),
    checkpoints: checkpointsOf(fields.checkpoints),
    expiresAt: timeOrNull(fields.expiresAt, "expiresAt"),
  } as Download;
  download.story = storyOf(fields.story) ?? storyFrom(download);
  if (state === "ready" && download.file === null) throw new Wrong("it is ready but has no file");
  return download;
}

/** Among the slots or in the history. False if its user or slot is invalid. */
function isKeyOf(key: string, download: Download): boolean {
  try {
    return key === keyOf(download) || key === downloadKey(download.user, download.id);
  } catch {
    return false;
  }
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

/** Null for a record without one. Events that can't be read are left out. */
function storyOf(value: unknown): Story | null {
  const { events, dropped } = isObject(value) ? value : {};
  if (!Array.isArray(events) || events.length === 0) return null;
  const readable = events.filter(isStoryEvent).slice(-MOST_STORY_EVENTS);
  return { events: readable, dropped: isCount(dropped) ? dropped : 0 };
}

function isStoryEvent(value: unknown): value is StoryEvent {
  if (!isObject(value) || !isTime(value.at)) return false;
  const isTextOrAbsent = (field: unknown) => field === undefined || typeof field === "string";
  return (
    STORY_EVENT_TYPES.some((type) => type === value.type) &&
    [value.node, value.from, value.code, value.message].every(isTextOrAbsent) &&
    (value.epoch === undefined || isCount(value.epoch))
  );
}

function failureOf(value: unknown): Failure {
  const { code, message, retriable } = isObject(value) ? value : {};
  return {
    code: typeof code === "string" ? code : "generation-failed",
    message: typeof message === "string" ? message : "The file could not be generated.",
    retriable: retriable !== false,
  };
}
