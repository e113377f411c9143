/** @module Promises about bytes. */

import { createHash } from "node:crypto";
import { type Download, isFinished, type Part } from "../../../src/download/download.ts";
import { isExpired } from "../../../src/download/transitions.ts";
import { PLANNED, referenceOf, STALL_MS, TIMEOUT_MS } from "../generators.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { World } from "../world.ts";

function faultOf({ parts }: World, named: readonly Part[]): string | null {
  for (const part of named) {
    const fault = parts.faultOf(part);
    if (fault) return fault;
  }
  return null;
}

export const durableFirst: Invariant = {
  name: "a record names only parts that are stored whole, with the bytes they should have",
  on: {
    write: ({ after }, world) => after?.file && wrongBytes(world, after, after.file, true),
    saved({ id, before, after }, world) {
      const checkpoint = after?.checkpoint;
      if (!checkpoint || checkpoint.size === before?.checkpoint?.size) return null;
      // If its user removed it meanwhile, no node resumes from this checkpoint.
      const download = world.records.unfinished(id);
      // A checkpoint of another revision is already void by the slot's `freshSince`.
      const counts = (after?.madeIn ?? 0) >= (download?.freshSince ?? 0);
      return download && counts ? wrongBytes(world, download, checkpoint, false) : null;
    },
  },
};

function wrongBytes(
  world: World,
  download: Download,
  named: { parts: readonly Part[]; size: number },
  isWhole: boolean,
): string | null {
  const fault = faultOf(world, named.parts);
  if (fault) return fault;
  const bytes = world.parts.join(named.parts);
  const reference = referenceOf(download);
  if (bytes.length !== named.size) return `${bytes.length} bytes are stored, the record says ${named.size}`;
  const isRight = isWhole ? bytes.equals(reference) : bytes.equals(reference.subarray(0, bytes.length));
  return isRight ? null : "the stored bytes differ from what these parameters give";
}

export const digestIsRight: Invariant = {
  name: "a ready file's digest and size are those of its reference",
  on: {
    write({ after }) {
      if (!after?.file) return null;
      const reference = referenceOf(after);
      const sha256 = createHash("sha256").update(reference).digest("hex");
      if (after.file.size !== reference.length) return `${after.file.size} bytes, not ${reference.length}`;
      return after.file.sha256 !== sha256 && `digest ${after.file.sha256}, not ${sha256}`;
    },
  },
};

export const namedPartsStay: Invariant = {
  name: "no part is removed while a record names it",
  on: {
    "parts removed"({ keys, by }, { records, settings, removalAsked }) {
      const isLost = ({ key }: Part) => keys.includes(key);
      for (const download of records.all()) {
        if (isExpired(download, by.clock.now() - settings.graceMs)) continue;
        // Its user's removal deletes the bytes of a finished download before the last of its records.
        if (isFinished(download) && removalAsked.has(download.id)) continue;
        const saved = isFinished(download) ? null : records.savedOf(download);
        const checkpoint = saved && saved.madeIn >= download.freshSince ? saved.checkpoint : null;
        const lost = download.file?.parts.find(isLost) ?? checkpoint?.parts.find(isLost);
        if (lost) return `${by.name} removed ${lost.key} of a download that is ${download.state}`;
      }
      return null;
    },
  },
};

export const laterVersionsKeep: Invariant = {
  name: "what a later version goes on with keeps its record and its bytes",
  on: {
    write: ({ key, by, isOverLaterVersion }) =>
      isOverLaterVersion && `${by.name} wrote over the record of a later version at ${key}`,
    "parts removed"({ keys, by }, { records }) {
      const lost = keys.find((key) => {
        const [id, epoch] = key.split("/") as [string, string];
        // What the record said is not to be used may go, whoever has it by now.
        return records.ofLaterVersion.has(id) && Number(epoch) >= (records.lastOf(id)?.freshSince ?? 0);
      });
      return lost && `${by.name} removed ${lost}`;
    },
  },
};

export const removalRemoves: Invariant = {
  name: "a confirmed removal of a file leaves no bytes of it",
  on: {
    "removal confirmed"({ id, download, fileTrouble }, { parts }) {
      if (download?.state !== "ready" || fileTrouble) return null;
      const left = parts.keys().filter((key) => key.startsWith(`${id}/`));
      return left.length > 0 && `${left.join(" ")} is still there`;
    },
  },
};

export const readsAreWhole: Invariant = {
  name: "a file that is read is whole and right",
  on: {
    "bytes read"({ id, bytes, by }, { records }) {
      const download = records.lastOf(id);
      if (!download) return "it never was";
      const reference = referenceOf(download);
      return !bytes.equals(reference) && `${by.name} gave ${bytes.length} bytes of ${reference.length}`;
    },
  },
};

export const readersEnd: Invariant = {
  name: "a transfer that began ends: neither expiry nor a new request takes its bytes away",
  on: {
    // Its user may interrupt it by a removal. The grace period starts when the file is no longer offered, so readers
    // that start later have less of it.
    "reading cut": ({ id, by, afterMs, wasOffered }, { removalAsked, records, settings, wereClocksSet }) =>
      wasOffered &&
      afterMs < settings.graceMs - APART_MS &&
      !wereClocksSet &&
      !removalAsked.has(id) &&
      !records.overwritten.has(id) &&
      `${by.name} could not give ${short(id)} to its end ${Math.round(afterMs)} ms after its beginning`,
  },
};

/** Clocks that nobody sets differ by at most this much; milliseconds. */
const APART_MS = 4_000;

/** The defect of a failure at this deadline; null if a run lasted that long by its node's own clock. */
function ranLongEnough(world: World, id: string, deadlineMs: number): string | null {
  const ranMs = world.ranMs(id);
  return ranMs >= deadlineMs - 1
    ? null
    : `${short(id)} missed a deadline of ${deadlineMs} ms, it ran for ${ranMs} ms`;
}

export const errorsHaveCauses: Invariant = {
  name: "a download ends as an error only for a planned reason",
  on: {
    write({ before, after }, world) {
      if (after?.state !== "error") return null;
      if (before?.node && after.handovers === before.handovers && after.epoch > before.epoch) {
        return `${short(after.id)} had to be ended by the sweep`;
      }
      const { code, message } = after.error ?? { code: "none", message: "" };
      if (code === "generation-failed" && message === PLANNED) return null;
      if (code === "unknown-kind") return null; // see `unmakeableEnds`
      if (code === "generation-timed-out") return ranLongEnough(world, after.id, TIMEOUT_MS);
      if (code === "generation-stalled") return ranLongEnough(world, after.id, STALL_MS);
      if (code === "generation-keeps-crashing" && after.handovers >= world.settings.maxHandovers) return null;
      return `${short(after.id)} ended as ${code}: ${message}`;
    },
  },
};
