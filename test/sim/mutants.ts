/** @module Deliberate faults of the product: a simulation that does not find them proves nothing. */

import type { Mutant } from "./mutant.ts";
import { ARCHIVE } from "./mutants/archive.ts";
import { CLAIMS } from "./mutants/claims.ts";
import { HOLDERS } from "./mutants/holders.ts";
import { RECORDS } from "./mutants/records.ts";
import { REVISIONS } from "./mutants/revisions.ts";
import { TRANSITIONS } from "./mutants/transitions.ts";
import { WATCHING } from "./mutants/watching.ts";

export const MUTANTS: readonly Mutant[] = [
  ...RECORDS,
  ...TRANSITIONS,
  ...HOLDERS,
  ...CLAIMS,
  ...ARCHIVE,
  ...WATCHING,
  ...REVISIONS,
];
