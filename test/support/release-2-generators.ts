/** @module What the release makes that is being rolled out: one kind more. */

export { lines, whole } from "./cluster-generators.ts";
