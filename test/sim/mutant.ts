/** @module A deliberate fault of the product. */

export interface Mutant {
  /** What is wrong, as a sentence. */
  name: string;
  /** Below `src/`. */
  file: string;
  /** Stands there exactly once. */
  find: string;
  replace: string;
}
