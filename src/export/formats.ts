/** @module The formats that have a name. */

import { nearest } from "../text/nearest.ts";
import { valueName } from "../text/value-name.ts";
import type { TableFormat } from "./format.ts";
import { parquet } from "./parquet/parquet.ts";
import { pdf } from "./pdf/pdf.ts";
import { csv } from "./text/csv.ts";
import { ndjson } from "./text/ndjson.ts";
import { xlsx } from "./xlsx/xlsx.ts";

const FORMATS = { csv, ndjson, parquet, pdf, xlsx } as const satisfies Record<string, () => TableFormat>;

/** Formats that can be given by name, with default options. */
export type FormatName = keyof typeof FORMATS;

/** Throws a `TypeError` for an unknown name and for a value that is not a format. */
export function formatOf(given: FormatName | TableFormat): TableFormat {
  if (typeof given === "string") {
    if (Object.hasOwn(FORMATS, given)) return FORMATS[given]();
    const names = Object.keys(FORMATS);
    const meant = nearest(given, names);
    throw new TypeError(
      `unknown format "${given}" (${meant === null ? `available: ${names.join(", ")}` : `did you mean ${meant}?`})`,
    );
  }
  if (typeof given?.open === "function" && typeof given.name === "string") return given;
  throw new TypeError(
    `a format must be a name such as "csv" or a value such as csv(), not ${valueName(given)}`,
  );
}
