/** @module Programs that the examples call. */

import { findProgram } from "../../scripts/system-programs.mjs";

/** For the `skip` of a test: false, or which program is missing. With CI=true its tests fail without it. */
export function without(...programs: string[]): string | false {
  const missing = programs.find((program) => findProgram(program) === null);
  return missing !== undefined && process.env.CI !== "true" ? `${missing} is missing` : false;
}
