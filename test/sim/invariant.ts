/** @module What must always hold, as named predicates over what happens. */

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
  | { type: "run began"; run: RunSeen; resumedBytes: number }
  | { type: "run given up"; run: RunSeen }
  /** A run whose claim is over is still there when its node must have learnt that. */
  | { type: "run outlived its claim"; run: RunSeen }
  | {
      type: "status seen";
      client: Client;
      status: DownloadStatus;
      before: DownloadStatus | undefined;
      wasGone: boolean;
    }
  /** A user's request was answered. */
  | { type: "accepted"; id: string; wish: Wish; joined: boolean }
  /** A user's removal was answered with yes; `download` is what was removed, if that is known. */
  | { type: "removal confirmed"; id: string; download: Download | undefined; fileTrouble: boolean }
  | { type: "bytes read"; id: string; by: Machine; bytes: Buffer }
  /** Whoever asked a node to drain was told that this arrived. */
  | { type: "drain confirmed"; machine: Machine; draining: boolean | undefined }
  /** A reader of a ready file found bytes missing, so long after it began; by its node's monotonic clock. */
  | { type: "reading cut"; id: string; by: Machine; afterMs: number; wasOffered: boolean }
  /** A second of one machine's life is over. */
  | { type: "second over"; machine: Machine; repoCalls: number }
  /** A second without any fault: those of the past show their traces. */
  | { type: "calm second over" }
  /** All faults are over and nothing happens any more. */
  | { type: "rest" }
  /** Some sweeps later. */
  | { type: "swept" };

type Checks = {
  [Type in Happening["type"]]?: (
    happening: Extract<Happening, { type: Type }>,
    world: World,
  ) => string | null | undefined | false;
};

/** `name` is the promise; a check answers with what broke it, or nothing. */
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
