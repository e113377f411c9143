/** @module A deliberate fault of the product. */

export interface Mutant {
  /** The fault, as a sentence. */
  name: string;
  /** The path of the file below `src/`. */
  file: string;
  /** Source text that occurs exactly once in the file. */
  find: string;
  replace: string;
}
