/** @module The generators of the release that is being replaced. */

export { lines } from "./cluster-generators.ts";
