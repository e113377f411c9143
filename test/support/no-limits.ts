/** @module Limits too high to be reached, for many callers from one address. */

const ENOUGH = 1_000_000;

export const NO_LIMITS = {
  maxConnections: ENOUGH,
  maxConnectionsPerAddress: ENOUGH,
  maxStreams: ENOUGH,
  maxStreamsPerAddress: ENOUGH,
  maxStreamsPerUser: ENOUGH,
  maxTransfers: ENOUGH,
  maxTransfersPerAddress: ENOUGH,
  maxTransfersPerUser: ENOUGH,
  maxUnfinished: ENOUGH,
  maxUnfinishedPerAddress: ENOUGH,
  maxUnfinishedPerUser: ENOUGH,
};
