/** @module What the release makes that is being replaced. */

export { lines } from "./cluster-generators.ts";
