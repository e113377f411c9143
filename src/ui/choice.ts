/** @module One of several kinds that a button offers. */

/** One of several kinds that the user can choose from before the click. */
export interface Choice {
  kind: string;
  /** Short: "PDF". */
  name: string;
  /** A sentence shown while this one is chosen. */
  note?: string;
}
