/** @module Every invariant that a simulation checks. */

import type { Invariant } from "../invariant.ts";
import { acceptedEnds, clientsCatchUp, filesAreThere, nothingUnowned, runsEnd } from "./at-rest.ts";
import {
  digestIsRight,
  durableFirst,
  errorsHaveCauses,
  namedPartsStay,
  readersEnd,
  readsAreWhole,
  removalRemoves,
} from "./files.ts";
import {
  askedIsGiven,
  fenced,
  finishedIsFinal,
  fullMeansReady,
  limitsHold,
  oneHolderPerEpoch,
  onePerSlot,
  progressNeverFalls,
  removedOnPurpose,
  strangersGetGrace,
  takeoversAreCounted,
  workIsKept,
} from "./record.ts";
import {
  drainsArrive,
  epochsBeginOnce,
  fencingIsQuick,
  gripIsKept,
  holdersRun,
  noCallStorms,
} from "./runs.ts";
import { holdersCanMake, nobodyWaitsInVain, placesHold, unmakeableEnds } from "./waiting.ts";

export const INVARIANTS: readonly Invariant[] = [
  onePerSlot,
  fenced,
  oneHolderPerEpoch,
  finishedIsFinal,
  progressNeverFalls,
  fullMeansReady,
  workIsKept,
  takeoversAreCounted,
  limitsHold,
  strangersGetGrace,
  removedOnPurpose,
  askedIsGiven,
  durableFirst,
  digestIsRight,
  namedPartsStay,
  removalRemoves,
  readsAreWhole,
  readersEnd,
  errorsHaveCauses,
  holdersRun,
  epochsBeginOnce,
  gripIsKept,
  fencingIsQuick,
  drainsArrive,
  noCallStorms,
  holdersCanMake,
  placesHold,
  nobodyWaitsInVain,
  unmakeableEnds,
  acceptedEnds,
  runsEnd,
  clientsCatchUp,
  filesAreThere,
  nothingUnowned,
];
