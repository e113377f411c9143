/** @module The tags of a document: one table, with a heading before it (ISO 32000-1, 14.7 and 14.8). */

import type { PdfFile } from "./file.ts";
import { reference } from "./objects.ts";
import { packBytes, packNumbers, unpackBytes, unpackNumbers } from "./packed.ts";
import { rowTag, writeTags } from "./structure.ts";

/** Places of the document's own tags; then those of the head's cells. */
const ROOT = 0;
const DOCUMENT = 1;
const HEADING = 2;
const TABLE = 3;
const HEAD = 4;
const HEAD_ROW = 5;
const HEAD_CELLS = 6;
/** By default, larger documents have no tags. */
const MOST_PAGES = 500;
const MOST_CELLS = 150_000;

export type TagState = {
  /** False when the document became too large for tags. */
  isOn: boolean;
  /** The first page's number; 0 before the first page. */
  firstPage: number;
  /** In the parent tree: the next page's key, and the section's first. */
  key: number;
  firstKey: number;
  /** For each page of the section whose tags are written: the number of the first tag, and the number of rows. */
  groups: string;
  rows: string;
  /** The cells of each page whose tags wait for the end. */
  waiting: string;
};

/**
 * Tags cost about as much as the content. So they are written with each page only if the application requires them in
 * any case. Otherwise they wait for the end, and are dropped when the document becomes too long to listen to.
 */
export class Tags {
  readonly #wanted: boolean | undefined;
  readonly #first: number;
  readonly #columns: number;
  readonly #groups: number[];
  readonly #rows: number[];
  readonly #waiting: string[];
  #waitingCells: number;
  #isOn: boolean;
  #firstPage: number;
  #key: number;
  #firstKey: number;

  /** The document's own tags are numbered from `first`. */
  constructor(wanted: boolean | undefined, first: number, columns: number, state: TagState | undefined) {
    this.#wanted = wanted;
    this.#first = first;
    this.#columns = columns;
    this.#isOn = state?.isOn ?? wanted ?? true;
    this.#firstPage = state?.firstPage ?? 0;
    this.#key = state?.key ?? 0;
    this.#firstKey = state?.firstKey ?? 0;
    this.#groups = state === undefined ? [] : unpackNumbers(state.groups);
    this.#rows = state === undefined ? [] : unpackNumbers(state.rows);
    this.#waiting =
      state === undefined || state.waiting === "" ? [] : unpackBytes(state.waiting).toString().split("\n");
    this.#waitingCells = this.#waiting.reduce((sum, cells) => sum + cells.length, 0);
  }

  /** Whether the next page's content is marked for tags. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Numbers of the document's own tags. */
  get count(): number {
    return HEAD_CELLS + this.#columns;
  }

  get root(): string {
    return reference(this.#first + ROOT);
  }

  /** The next page's key. */
  get key(): number | undefined {
    return this.#isOn ? this.#key : undefined;
  }

  /** Adds the tags of a page that was written; `body` is the number of the section's body of the table. */
  add(file: PdfFile, page: number, body: number, cells: string): void {
    if (!this.#isOn) return;
    if (this.#key === 0) this.#firstPage = page;
    if (this.#wanted === true) {
      this.#write(file, page, this.#key, body, cells);
    } else {
      this.#waiting.push(cells);
      this.#waitingCells += cells.length;
    }
    this.#key += keysOf(cells);
    if (this.#waiting.length <= MOST_PAGES && this.#waitingCells <= MOST_CELLS) return;
    this.#isOn = false;
    this.#waiting.length = 0;
  }

  /** At the end of the document: writes the tags that waited. All are in one section. */
  async complete(file: PdfFile, pages: readonly number[], body: number): Promise<void> {
    let key = 0;
    for (const [index, cells] of this.#waiting.entries()) {
      this.#write(file, pages[index] ?? 0, key, body, cells);
      key += keysOf(cells);
      await file.room();
    }
    this.#waiting.length = 0;
  }

  /** A section's body of the table, and its node of the parent tree. */
  section(): [body: string, owners: string] | undefined {
    if (!this.#isOn) return undefined;
    const rows = this.#groups.flatMap((first, page) =>
      Array.from({ length: this.#rows[page] ?? 0 }, (_, row) => reference(rowTag(first, row))),
    );
    const owners = this.#groups.map(reference).join(" ");
    return [
      `<</S/TBody/P ${this.#reference(TABLE)}/K[${rows.join(" ")}]>>`,
      `<</Limits[${this.#firstKey} ${this.#key - 1}]/Kids[${owners}]>>`,
    ];
  }

  endSection(): void {
    this.#groups.length = 0;
    this.#rows.length = 0;
    this.#firstKey = this.#key;
  }

  /** The document's own tags. `bodies` and `owners` are the numbers of the objects that each section wrote. */
  objects(bodies: readonly number[], owners: readonly number[]): string[] {
    if (!this.#isOn) return [];
    const at = (place: number): string => this.#reference(place);
    const cells = Array.from({ length: this.#columns }, (_, index) => at(HEAD_CELLS + index));
    const parents = `/ParentTree<</Kids[${owners.map(reference).join(" ")}]>>/ParentTreeNextKey ${this.#key}`;
    const page = `/Pg ${this.#firstPage} 0 R`;
    return [
      `<</Type/StructTreeRoot/K[${at(DOCUMENT)}]${parents}>>`,
      `<</S/Document/P ${at(ROOT)}/K[${at(HEADING)} ${at(TABLE)}]>>`,
      `<</S/H1/P ${at(DOCUMENT)}${page}/K 0>>`,
      `<</S/Table/P ${at(DOCUMENT)}/K[${[at(HEAD), ...bodies.map(reference)].join(" ")}]>>`,
      `<</S/THead/P ${at(TABLE)}/K[${at(HEAD_ROW)}]>>`,
      `<</S/TR/P ${at(HEAD)}/K[${cells.join(" ")}]>>`,
      ...cells.map(
        (_, index) => `<</S/TH/P ${at(HEAD_ROW)}${page}/K ${index + 1}/A<</O/Table/Scope/Column>>>>`,
      ),
    ];
  }

  save(): TagState {
    return {
      isOn: this.#isOn,
      firstPage: this.#firstPage,
      key: this.#key,
      firstKey: this.#firstKey,
      groups: packNumbers(this.#groups),
      rows: packNumbers(this.#rows),
      waiting: this.#waiting.length === 0 ? "" : packBytes(this.#waiting.join("\n")),
    };
  }

  #write(file: PdfFile, page: number, key: number, body: number, cells: string): void {
    const first = file.next + 1;
    const before =
      key === 0 ? [HEADING, ...Array.from({ length: this.#columns }, (_, index) => HEAD_CELLS + index)] : [];
    const facts = { page, key, body, cells, columns: this.#columns };
    const numbers = before.map((place) => this.#first + place);
    file.group((group) => writeTags(group, first, { ...facts, before: numbers }));
    this.#groups.push(first);
    this.#rows.push(cells.length / this.#columns);
  }

  #reference(place: number): string {
    return reference(this.#first + place);
  }
}

/** A page has a key, and each of its links has one as well. */
function keysOf(cells: string): number {
  return 1 + cells.split("L").length - 1;
}
