/** @module Writes rows as the pages of a PDF. */

import type { Row } from "../cell.ts";
import type { Sink, Table, TableWriter, Warnings } from "../format.ts";
import { type CellText, cellTexts } from "./cell-text.ts";
import { type DocumentState, PdfDocument } from "./document.ts";
import { type FontState, PdfFont } from "./font.ts";
import type { LoadedFont } from "./load-fonts.ts";
import { MissingCharacters } from "./missing.ts";
import type { PdfOptions } from "./options.ts";
import { packBytes, unpackBytes } from "./packed.ts";
import { type Measures, measure, paperSize, sheetOf, UNITS } from "./sheet.ts";
import { Style, type Styles } from "./style.ts";
import { TablePages } from "./table-pages.ts";
import { runsToLeft } from "./words.ts";

export type PdfState = {
  measures: Measures;
  rows: number;
  page: string;
  document: DocumentState;
  fonts: FontState[];
};

/** Length of the JSON. A larger state is not a save point. */
const LARGEST_STATE = 120 * 1024;
/** Widths are relative to the size, so any size serves for measuring. */
const SAMPLE_SIZE = 100;
const TITLE_SIZE = 15 * UNITS;
const FOOT_SIZE = 7 * UNITS;

export interface PdfJob {
  readonly table: Table;
  readonly options: PdfOptions;
  readonly sink: Sink;
  readonly warnings: Warnings;
}

export class PdfWriter implements TableWriter<PdfState> {
  readonly #job: PdfJob;
  readonly #loaded: readonly LoadedFont[];
  readonly #fonts: readonly PdfFont[];
  readonly #texts: readonly CellText[];
  readonly #missing: MissingCharacters;
  #measures: Measures | undefined;
  #document: PdfDocument | undefined;
  #pages: TablePages | undefined;
  /** Pages at the last save point; the next one needs another complete page. */
  #savedPages = 0;

  constructor(job: PdfJob, loaded: readonly LoadedFont[], state: PdfState | undefined) {
    this.#job = job;
    this.#loaded = loaded;
    this.#texts = cellTexts(job.table);
    this.#fonts = loaded.map((font, index) => {
      const saved = state?.fonts[index];
      if (saved !== undefined && saved.version !== font.version) {
        throw new Error(
          `the font ${font.font.postscriptName} is another than the one this file was begun with`,
        );
      }
      const used = saved === undefined ? undefined : unpackBytes(saved.used);
      return new PdfFont(`F${index}`, font, used, saved?.extras ?? []);
    });
    this.#missing = new MissingCharacters(job.options, this.#fonts[0], job.warnings);
    if (state !== undefined) this.#begin(state.measures, state);
  }

  async append(rows: readonly Row[]): Promise<void> {
    const pages = this.#pages ?? this.#begin(this.#measure(rows), undefined);
    for (const row of rows) {
      const turned = pages.add(row);
      if (turned !== undefined) await turned;
    }
  }

  async save(): Promise<PdfState | null> {
    const document = this.#document;
    const pages = this.#pages;
    const measures = this.#measures;
    if (document === undefined || pages === undefined || measures === undefined) return null;
    if (document.pages === this.#savedPages) return null;
    const fonts = this.#fonts.map((font, index) => ({
      used: packBytes(font.used),
      extras: font.extras.map(({ glyph, text }): [number, string] => [glyph, text]),
      version: this.#loaded[index]?.version ?? 0,
    }));
    const state = { measures, rows: pages.row, page: pages.save(), document: await document.save(), fonts };
    if (JSON.stringify(state).length > LARGEST_STATE) return null;
    this.#savedPages = document.pages;
    return state;
  }

  async end(): Promise<void> {
    const pages = this.#pages ?? this.#begin(this.#measure([]), undefined);
    await pages.end();
  }

  #measure(rows: readonly Row[]): Measures {
    const { table, options } = this.#job;
    const [regular, bold] = [this.#style("regular", SAMPLE_SIZE), this.#style("bold", SAMPLE_SIZE)];
    return measure(table.columns, this.#texts, rows, { regular, bold }, options);
  }

  /** In fonts of this weight, with those of the other weight for characters that they lack. */
  #style(weight: "regular" | "bold", size: number): Style {
    const isOfWeight = (font: PdfFont): boolean => font.weight === weight || font.weight === "both";
    const others = this.#fonts.filter((font) => !isOfWeight(font));
    return new Style(size, [...this.#fonts.filter(isOfWeight), ...others], this.#missing);
  }

  #begin(measures: Measures, state: PdfState | undefined): TablePages {
    const { table, options, sink, warnings } = this.#job;
    const styles: Styles = {
      regular: this.#style("regular", measures.size),
      bold: this.#style("bold", measures.size),
      title: this.#style("bold", TITLE_SIZE),
      foot: this.#style("regular", FOOT_SIZE),
    };
    const rightToLeft = runsToLeft(table.locale);
    const paper = paperSize(options, measures.landscape);
    const shape = { table, fonts: this.#fonts, paper, tagged: options.tagged };
    const document = new PdfDocument(shape, sink, state?.document);
    const sheet = sheetOf(options, measures, rightToLeft);
    const layout = {
      table,
      options,
      sheet,
      styles,
      texts: this.#texts,
      rightToLeft,
      warnings,
      missing: this.#missing,
    };
    this.#measures = measures;
    this.#document = document;
    this.#savedPages = document.pages;
    this.#pages = new TablePages(layout, document, state?.rows ?? 0, state?.page);
    return this.#pages;
  }
}
