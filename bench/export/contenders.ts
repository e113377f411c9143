/** @module Who is compared, by format. */

import { zip } from "../../src/export/zip/zip.ts";
import { carryout } from "./carryout.ts";
import type { Contender } from "./contender.ts";
import { excelJs, hyparquetWriter, pdfKit } from "./document-libraries.ts";
import { csvStringify, fastCsv, jsonLines, yazl } from "./text-libraries.ts";

export const CONTENDERS: Readonly<Record<string, Readonly<Record<string, Contender>>>> = {
  csv: { Carryout: carryout("csv"), "csv-stringify": csvStringify, "@fast-csv/format": fastCsv },
  ndjson: { Carryout: carryout("ndjson"), "JSON.stringify, a stream": jsonLines },
  xlsx: { Carryout: carryout("xlsx"), exceljs: excelJs },
  pdf: { Carryout: carryout("pdf"), pdfkit: pdfKit },
  parquet: { Carryout: carryout("parquet"), "hyparquet-writer": hyparquetWriter },
  zip: { Carryout: carryout(zip(["csv", "ndjson"])), yazl },
};
