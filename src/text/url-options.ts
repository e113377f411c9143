/** @module The options in the query of a URL. */

import { nearest } from "./nearest.ts";

/** Reads the query. `report` is called for each option that is unknown or given twice; it may throw. */
export function readUrlOptions(
  query: string,
  known: readonly string[],
  report: (problem: string) => unknown,
): URLSearchParams {
  const options = new URLSearchParams(query);
  for (const name of new Set(options.keys())) {
    if (known.includes(name)) {
      if (options.getAll(name).length > 1) report(`option ${name} given twice`);
      continue;
    }
    const meant = nearest(name, known);
    const hint = meant ? `did you mean ${meant}?` : `available: ${known.join(", ")}`;
    report(`unknown option ${JSON.stringify(name)}; ${hint}`);
  }
  return options;
}
