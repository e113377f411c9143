/** @module The format "pdf": a table on pages. */

import { explainMissing } from "../../text/missing-library.ts";
import type { Column } from "../column.ts";
import type { TableFormat } from "../format.ts";
import { fontFiles, type LoadedFont, loadFonts, PDF_LIBRARIES } from "./load-fonts.ts";
import { checkOptions, type PdfOptions } from "./options.ts";
import { mostColumns } from "./sheet.ts";
import type { PdfState } from "./writer.ts";

/**
 * A table on pages, with a repeated head and "page x of y", in fonts that are part of the file.
 *
 * A cell's text is broken into lines; a row is never taller than a page, and excess text is cut with a warning.
 * Widths of columns follow from the table and its first batch. Needs the packages `fontkit`, `bidi-js` and, unless
 * `font` is given, `@expo-google-fonts/noto-sans`.
 *
 * Throws a `TypeError` for an unknown option or an invalid value.
 */
export function pdf(options: PdfOptions = {}): TableFormat<"pdf", PdfState> {
  checkOptions(options);
  let fonts: Promise<LoadedFont[]> | undefined;
  return {
    name: "pdf",
    extension: "pdf",
    type: "application/pdf",
    isCompressed: true,
    check: (columns) => checkColumns(columns, options),
    async open(table, sink, warnings, state) {
      // Files of one format share its fonts. A failure is not kept: the file may be there the next time.
      fonts ??= loadFonts(fontFiles(options));
      const loaded = await fonts.catch((error: unknown) => {
        fonts = undefined;
        throw error;
      });
      const { PdfWriter } = await import("./writer.ts").catch(
        explainMissing("the pdf format", PDF_LIBRARIES),
      );
      return new PdfWriter({ table, options, sink, warnings }, loaded, state);
    },
  };
}

function checkColumns(columns: readonly Column[], options: PdfOptions): void {
  const most = mostColumns(options);
  if (columns.length <= most) return;
  const paper = options.paper ?? "A4";
  throw new TypeError(`a PDF page (${paper}) holds at most ${most} columns, not ${columns.length}`);
}
