/** @module Invariants: named predicates over the events of a simulation. */

import type { Download } from "../../src/download/download.ts";
import type { Mark, Saved } from "../../src/download/work.ts";
import type { DownloadStatus } from "../../src/tracker/status.ts";
import type { Client } from "./client.ts";
import type { Machine } from "./machine.ts";
import type { PartWrite, Write } from "./records.ts";
import type { RunSeen } from "./runs.ts";
import type { Wish } from "./users.ts";
import type { World } from "./world.ts";

export type Happening =
  | ({ type: "write" } & Write)
  | ({ type: "marked" } & PartWrite<Mark>)
  | ({ type: "saved" } & PartWrite<Saved>)
  | ({ type: "history written" } & PartWrite<Download>)
  | { type: "parts removed"; by: Machine; keys: string[] }
  | { type: "run began"; run: RunSeen; resumedBytes: number; revision: string | null }
  | { type: "run given up"; run: RunSeen }
  /** A run still exists although its claim has ended and its node must have found out. */
  | { type: "run outlived its claim"; run: RunSeen }
  | {
      type: "status seen";
      client: Client;
      status: DownloadStatus;
      before: DownloadStatus | undefined;
      wasGone: boolean;
      /** The snapshot it came in has the download twice. */
      isRepeated: boolean;
    }
  /** A user's request was answered. */
  | { type: "accepted"; id: string; wish: Wish; joined: boolean }
  /** A user's removal was confirmed; `download` is the removed one, if known. */
  | { type: "removal confirmed"; id: string; download: Download | undefined; fileTrouble: boolean }
  | { type: "bytes read"; id: string; by: Machine; bytes: Buffer }
  /** A drain request was acknowledged. */
  | { type: "drain confirmed"; machine: Machine; draining: boolean | undefined }
  /** A reader of a ready file found bytes missing, this long after it started, by its node's monotonic clock. */
  | { type: "reading cut"; id: string; by: Machine; afterMs: number; wasOffered: boolean }
  /** One second of a machine's life has passed. */
  | { type: "second over"; machine: Machine; repoCalls: number }
  /** A second without faults has passed, and without effects of earlier ones. */
  | { type: "calm second over" }
  /** All faults are over and the system is at rest. */
  | { type: "rest" }
  /** Some sweeps later. */
  | { type: "swept" };

type Checks = {
  [Type in Happening["type"]]?: (
    happening: Extract<Happening, { type: Type }>,
    world: World,
  ) => string | null | undefined | false;
};

/** `name` is the promise; a check returns a description of the violation, or null. */
export interface Invariant {
  name: string;
  on: Checks;
}

export function violationOf(invariant: Invariant, happening: Happening, world: World): string | null {
  const check = invariant.on[happening.type] as
    | ((happening: Happening, world: World) => string | null | undefined | false)
    | undefined;
  return check?.(happening, world) || null;
}
