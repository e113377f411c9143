/** @module A ZIP archive with the same table in several formats. */

import { safeFileName } from "../../download/file-name.ts";
import type { Json } from "../../download/json.ts";
import type { Table, TableFormat, TableWriter, Warnings } from "../format.ts";
import { type FormatName, formatOf } from "../formats.ts";
import { SAVE_DISTANCE, type SaveDistance, SavePoints } from "./save-points.ts";
import { type ZipState, ZipWriter } from "./zip-writer.ts";

export interface ZipOptions {
  /** @internal Bytes from one save to the next. */
  saveDistance?: SaveDistance;
}

/** Which format is being written, in which of its passes, and how many warnings the formats before it gave. */
export type ZipFormatState = {
  zip: ZipState;
  at: number;
  pass: number;
  listedBefore: number;
  warningsBefore: number;
  inner: Json;
};

/**
 * One entry for each format, named as the table: "Orders.csv", "Orders.xlsx". They are written one after the other, so
 * the rows are asked for once for each (`passes`); what changes meanwhile may be in one file and not in the other.
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

/** Those of one format: a file does not list what was changed in another. */
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

/** All different, also where two formats have the same extension. */
function entryNames({ title }: Table, formats: readonly TableFormat[]): string[] {
  // A letter and a colon would name a drive.
  const stem = safeFileName(title).replace(/^([A-Za-z]):/, "$1_") || "table";
  const names: string[] = [];
  for (const { extension } of formats) {
    let name = safeFileName(`${stem}.${extension}`);
    for (let number = 2; names.includes(name); number++) {
      // In front: the end of a long name is cut.
      name = safeFileName(`${number} ${stem}.${extension}`);
    }
    names.push(name);
  }
  return names;
}
