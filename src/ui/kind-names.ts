/** @module Names of the kinds that exports make, for downloads whose file has no name yet. */

import { fetchExports, type PublicExport } from "../client/exports-api.ts";
import type { Names } from "./describe.ts";
import { asWords, fill, type Words } from "./words.ts";

type Titled = Pick<PublicExport, "kind" | "title"> & {
  formats: readonly Pick<PublicExport["formats"][number], "kind" | "name">[];
};

/** "Orders (CSV)" for each format of each export. */
export function namesOf(exports: readonly Titled[], words: Words): Names {
  return Object.fromEntries(
    exports.flatMap(({ kind, title, formats }) => {
      const name = title === kind ? asWords(kind) : title;
      return formats.map((one) => [one.kind, fill(words.named, { name, format: one.name.toUpperCase() })]);
    }),
  );
}

const known = new Map<string, readonly PublicExport[]>();

/** What the API behind `src` exports. Empty until it was asked, which happens once, and if it can't say. */
export function exportsOf(src: string, onArrival: () => void): readonly PublicExport[] {
  const exports = known.get(src);
  if (exports) return exports;
  known.set(src, []);
  void fetchExports(src).then((answer) => {
    if ("problem" in answer) return;
    known.set(src, answer.exports);
    onArrival();
  });
  return [];
}
