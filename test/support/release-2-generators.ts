/** @module The generators of the release that is being rolled out: one more kind. */

export { lines, whole } from "./cluster-generators.ts";
