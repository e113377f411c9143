/** @module One page while it is being filled: its content stream, and the data for its tags and links. */

import { Content, type GlyphRun } from "./content.ts";
import { packBytes, unpackBytes } from "./packed.ts";

/** The area of a link, in twentieths of a point from the lower left corner. */
export interface LinkArea {
  readonly box: readonly [left: number, bottom: number, right: number, top: number];
  readonly href: string;
  readonly text: string;
}

interface Saved {
  readonly y: number;
  readonly rows: number;
  readonly marks: number;
  readonly pen: readonly [number, number];
  /** Latin-1. */
  readonly fills: string;
  readonly text: string;
  readonly cells: string;
  readonly links: LinkArea[];
}

/** The default color of text. */
const INK = "0.13 g";

export class Page {
  /** The lower edge of the page's content so far. */
  y = 0;
  rows = 0;
  /** The cells so far, in rows: "0" empty, "1" text, "L" a link. */
  cells = "";
  links: LinkArea[] = [];
  /** Marked-content sequences so far (ISO 32000-1, 14.6). */
  #marks = 0;
  #penX = 0;
  #penY = 0;
  readonly #fills = new Content();
  readonly #text = new Content();

  /** Begins an empty page. */
  clear(top: number): void {
    this.y = top;
    this.rows = 0;
    this.cells = "";
    this.links = [];
    this.#marks = 0;
    this.#penX = 0;
    this.#penY = 0;
    this.#fills.clear();
    this.#text.clear();
  }

  restore(saved: string): void {
    const state = JSON.parse(unpackBytes(saved).toString()) as Saved;
    this.clear(state.y);
    this.rows = state.rows;
    this.#marks = state.marks;
    [this.#penX, this.#penY] = state.pen;
    this.#fills.text(state.fills);
    this.#text.text(state.text);
    this.cells = state.cells;
    this.links = state.links;
  }

  save(): string {
    const state: Saved = {
      y: this.y,
      rows: this.rows,
      marks: this.#marks,
      pen: [this.#penX, this.#penY],
      fills: this.#fills.bytes.toString("latin1"),
      text: this.#text.bytes.toString("latin1"),
      cells: this.cells,
      links: this.links,
    };
    return packBytes(JSON.stringify(state));
  }

  /** After its cells were put: "0" for each that is empty, "1" for text, "L" for a link. */
  addRow(marks: string): void {
    this.cells += marks;
    this.rows += 1;
  }

  /** A colored area behind the text. */
  fill(x: number, y: number, width: number, height: number, color: string): void {
    this.#fills.text(`${color} ${x} ${y} ${width} ${height} re f\n`);
  }

  /** A line of text, its first glyph's baseline at (x, y). */
  put(x: number, y: number, run: GlyphRun): void {
    const text = this.#text;
    text.integer(x - this.#penX);
    text.text(" ");
    text.integer(y - this.#penY);
    text.text(" Td ");
    run.draw(text);
    text.text("\n");
    this.#penX = x;
    this.#penY = y;
  }

  /** Operators between lines of text: a font, a color. */
  set(operators: string): void {
    this.#text.text(operators);
    this.#text.text("\n");
  }

  ink(): void {
    this.set(INK);
  }

  /** Begins text that has a tag in the document's structure. */
  beginMark(tag: string): void {
    const text = this.#text;
    text.text("/");
    text.text(tag);
    text.text("<</MCID ");
    text.integer(this.#marks);
    text.text(">>BDC\n");
    this.#marks += 1;
  }

  /** Begins text that belongs to the page, not to the document: repeated headings, page numbers. */
  beginArtifact(): void {
    this.#text.text("/Artifact BMC\n");
  }

  endMark(): void {
    this.#text.text("EMC\n");
  }

  /** Writes the content stream. `tail` draws everything that is not text. */
  draw(content: Content, select: string, tail: string): void {
    content.text("0.05 0 0 0.05 0 0 cm\n/Artifact BMC\n");
    content.append(this.#fills);
    content.text(`EMC\nBT ${select} ${INK}\n`);
    content.append(this.#text);
    content.text(`ET\n/Artifact BMC\n${tail}EMC`);
  }
}
