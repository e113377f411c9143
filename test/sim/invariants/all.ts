/** @module Every invariant that a simulation checks. */

import type { Invariant } from "../invariant.ts";
import { acceptedEnds, clientsCatchUp, filesAreThere, nothingUnowned, runsEnd } from "./at-rest.ts";
import {
  digestIsRight,
  durableFirst,
  errorsHaveCauses,
  laterVersionsKeep,
  namedPartsStay,
  readsAreWhole,
  removalRemoves,
} from "./files.ts";
import {
  askedIsGiven,
  fenced,
  finishedIsFinal,
  fullMeansReady,
  keptForItsTime,
  limitsHold,
  oneHolderPerEpoch,
  onePerSlot,
  progressNeverFalls,
  removedOnPurpose,
  repeatsMakeNothing,
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
  keptForItsTime,
  repeatsMakeNothing,
  askedIsGiven,
  durableFirst,
  digestIsRight,
  namedPartsStay,
  laterVersionsKeep,
  removalRemoves,
  readsAreWhole,

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
