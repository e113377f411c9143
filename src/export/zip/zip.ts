/** @module A ZIP archive with the same table in several formats. */

import { safeFileName } from "../../download/file-name.ts";
import type { Json } from "../../download/json.ts";
import type { Table, TableFormat, TableWriter, Warnings } from "../format.ts";
import { type FormatName, formatOf } from "../formats.ts";
import { SAVE_DISTANCE, type SaveDistance, SavePoints } from "./save-points.ts";
import { type ZipState, ZipWriter } from "./zip-writer.ts";

export interface ZipOptions {
  /** @internal Bytes between two saves. */
  saveDistance?: SaveDistance;
}

/** The current format and its pass, and the number of warnings of earlier formats. */
export type ZipFormatState = {
  zip: ZipState;
  at: number;
  pass: number;
  listedBefore: number;
  warningsBefore: number;
  inner: Json;
};

/**
 * One entry per format, named after the table: "Orders.csv", "Orders.xlsx". They are written one after the other, so
 * the rows are read once for each (`passes`); a change in between may appear in one file and not in another.
 */
export function zip(
  given: readonly (FormatName | TableFormat)[],
  { saveDistance = SAVE_DISTANCE }: ZipOptions = {},
): TableFormat<"zip", ZipFormatState> {
  if (given.length === 0) throw new TypeError(`zip() takes at least one format, such as ["csv", "parquet"]`);
  const formats = given.map(formatOf);
  return {
    name: "zip",
    extension: "zip",
    type: "application/zip",
    isCompressed: true,
    passes: formats.reduce((sum, { passes = 1 }) => sum + passes, 0),
    check(columns) {
      for (const format of formats) format.check?.(columns);
    },
    async open(table, sink, warnings, state) {
      const archive = new ZipWriter(sink, state?.zip);
      const points = new SavePoints(saveDistance, archive.size);
      const names = entryNames(table, formats);
      let { at, pass, listedBefore, warningsBefore } = state ?? {
        at: 0,
        pass: 0,
        listedBefore: 0,
        warningsBefore: 0,
      };
      let writer: TableWriter;

      async function openFormat(inner: Json | undefined): Promise<void> {
        const format = formats[at]!;
        if (inner === undefined) {
          await archive.begin(names[at]!, {
            changedAt: table.requestedAt,
            level: format.isCompressed ? 0 : 6,
          });
        }
        writer = await format.open(
          table,
          archive,
          ownWarnings(warnings, listedBefore, warningsBefore),
          inner,
        );
      }
      async function endFormat(): Promise<void> {
        await writer.end();
        await archive.endEntry();
      }

      await openFormat(state?.inner);
      return {
        append: (rows) => writer.append(rows),
        async nextPass() {
          pass += 1;
          if (pass < (formats[at]!.passes ?? 1)) return writer.nextPass!();
          await endFormat();
          at += 1;
          pass = 0;
          listedBefore = warnings.listed.length;
          warningsBefore = warnings.count;
          await openFormat(undefined);
        },
        async save() {
          const inner = await writer.save();
          if (inner === null || !points.take(archive.size)) return null;
          return { zip: await archive.save(), at, pass, listedBefore, warningsBefore, inner };
        },
        async end() {
          await endFormat();
          await archive.end();
        },
      };
    },
  };
}

/** The warnings of one format: a file does not list changes made in another. */
function ownWarnings(all: Warnings, listedBefore: number, countBefore: number): Warnings {
  return {
    add: (warning) => all.add(warning),
    get listed() {
      return all.listed.slice(listedBefore);
    },
    get count() {
      return all.count - countBefore;
    },
  };
}

/** All different, even where two formats have the same extension. */
function entryNames({ title }: Table, formats: readonly TableFormat[]): string[] {
  // A letter and a colon would be a drive.
  const stem = safeFileName(title).replace(/^([A-Za-z]):/, "$1_") || "table";
  const names: string[] = [];
  for (const { extension } of formats) {
    let name = safeFileName(`${stem}.${extension}`);
    for (let number = 2; names.includes(name); number++) {
      // Added in front, as the end of a long name is cut.
      name = safeFileName(`${number} ${stem}.${extension}`);
    }
    names.push(name);
  }
  return names;
}
