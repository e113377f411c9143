/** @module The limits and delays of the cluster; all times in milliseconds. */

import type { Limits } from "../download/transitions.ts";

export interface Settings extends Limits {
  /** Silence after which a node counts as dead unless more certain news arrives. */
  leaseMs: number;
  /** How long a ready file is kept. */
  retentionMs: number;
  /** Number of finished downloads kept per user; older ones are removed. */
  keepPerUser: number;
  /** How long a file outlives its expiry, for transfers that began. */
  graceMs: number;
  /** Head start of each better-ranked node at a claim. */
  claimStepMs: number;
  /** Shortest time between two recorded progress ticks of one download. */
  tickMs: number;
  /** Time between two sweeps. */
  sweepMs: number;
  /** How long a drain waits for a generator's next checkpoint. */
  drainMs: number;
  /** How long a generator may continue after its signal is aborted, before its process is terminated. */
  abortMs: number;
  /** How long a request may wait for a kind that no node makes, before it fails. */
  unclaimedMs: number;
  /** Waiting and running downloads of the whole cluster. */
  maxUnfinished: number;
  /** For all anonymous users from one network together. */
  maxUnfinishedPerAddress: number;
  maxUnfinishedPerUser: number;
}

export const DEFAULT_SETTINGS: Settings = {
  leaseMs: 3_000,
  retentionMs: 24 * 3_600_000,
  keepPerUser: 20,
  errorRetentionMs: 3_600_000,
  maxHandovers: 5,
  graceMs: 3_600_000,
  claimStepMs: 25,
  tickMs: 100,
  sweepMs: 60_000,
  drainMs: 50,
  abortMs: 200,
  unclaimedMs: 24 * 3_600_000,
  maxUnfinished: 100_000,
  maxUnfinishedPerAddress: 500,
  maxUnfinishedPerUser: 20,
};
