/** @module The document: pages in a balanced tree, their tags, and metadata for reader programs. */

import { createHash } from "node:crypto";
import type { Sink, Table } from "../format.ts";
import type { Content } from "./content.ts";
import { FONT_OBJECTS, fontObjects } from "./embedding.ts";
import { type FileState, PdfFile } from "./file.ts";
import type { PdfFont } from "./font.ts";
import { informationOf, metadataOf } from "./metadata.ts";
import { decimal, reference, textString } from "./objects.ts";
import { packNumbers, unpackNumbers } from "./packed.ts";
import type { LinkArea } from "./page.ts";
import { UNITS } from "./sheet.ts";
import { pageObject, writePage } from "./structure.ts";
import { type TagState, Tags } from "./tags.ts";

const CATALOG = 1;
const PAGES = 2;
const INFORMATION = 3;
const METADATA = 4;
const TOTAL = 5;
const FIRST_FONT = 6;
/** Pages to a leaf of the tree, and leaves to a section. */
const LEAF = 64;
const LEAVES = 32;
const SECTION = LEAF * LEAVES;
/** Objects at a section's end, after its node of the page tree: its body of the table, its tags' owners, its leaves. */
const BODY = 1;
const OWNERS = 2;
const FIRST_LEAF = 3;

export type DocumentState = {
  file: FileState;
  pages: number;
  /** The node's number of each complete section. */
  sections: string;
  /** The number of each page of this section, as the difference from the previous one. */
  numbers: string;
  tags: TagState;
};

/** A complete page. */
export interface CompletePage {
  /** A spare stream of the document; the document takes it back with the page. */
  readonly content: Content;
  readonly cells: string;
  readonly links: readonly LinkArea[];
}

export interface DocumentShape {
  readonly table: Table;
  readonly fonts: readonly PdfFont[];
  /** In twentieths of a point. */
  readonly paper: readonly [width: number, height: number];
  readonly tagged: boolean | undefined;
}

export class PdfDocument {
  readonly #shape: DocumentShape;
  readonly #file: PdfFile;
  readonly #tags: Tags;
  readonly #sections: number[];
  /** Of the pages of this section. */
  readonly #numbers: number[];
  #pages: number;

  constructor(shape: DocumentShape, sink: Sink, state: DocumentState | undefined) {
    const { table, fonts, tagged } = shape;
    this.#shape = shape;
    const id = createHash("sha256").update(JSON.stringify(table)).digest("hex").slice(0, 32);
    const trailer = `/Root ${CATALOG} 0 R/Info ${INFORMATION} 0 R/ID[<${id}><${id}>]`;
    const firstTag = FIRST_FONT + FONT_OBJECTS * fonts.length;
    this.#tags = new Tags(tagged, firstTag, table.columns.length, state?.tags);
    const low = firstTag + this.#tags.count - 1;
    this.#file = new PdfFile(sink, { low, block: FIRST_LEAF + LEAVES, trailer }, state?.file);
    this.#sections = state === undefined ? [] : unpackNumbers(state.sections);
    this.#numbers = state === undefined ? [] : sums(unpackNumbers(state.numbers));
    this.#pages = state?.pages ?? 0;
  }

  /** The number of complete pages. */
  get pages(): number {
    return this.#pages;
  }

  /** Whether the next page's content is marked for tags. */
  get isTagged(): boolean {
    return this.#tags.isOn;
  }

  /** For the content of the next page. */
  spare(): Content {
    return this.#file.spare();
  }

  async add({ content, cells, links }: CompletePage): Promise<void> {
    const file = this.#file;
    const leaf = Math.floor(this.#numbers.length / LEAF);
    const facts = { content: file.next, parent: file.first + FIRST_LEAF + leaf, links, key: this.#tags.key };
    file.stream(content);
    // A separate object costs less than a compressed stream of one object.
    const number = links.length === 0 ? file.next : file.next + 1;
    const page = { ...facts, number };
    if (links.length === 0) file.object(pageObject(page));
    else file.group((group) => writePage(group, page));
    this.#numbers.push(number);
    this.#tags.add(file, number, file.first + BODY, cells);
    this.#pages += 1;
    if (this.#numbers.length === SECTION) await this.#endSection();
    await file.room();
  }

  async save(): Promise<DocumentState> {
    return {
      file: await this.#file.save(),
      pages: this.#pages,
      sections: packNumbers(this.#sections),
      numbers: packNumbers(differences(this.#numbers)),
      tags: this.#tags.save(),
    };
  }

  /** Completes the document. `total` is the content stream that prints the number of pages. */
  async end(total: Uint8Array): Promise<void> {
    const { table, fonts, paper } = this.#shape;
    const file = this.#file;
    await this.#tags.complete(file, this.#numbers, file.first + BODY);
    const isOpen = this.#numbers.length > 0;
    const sections = isOpen ? [...this.#sections, file.first] : this.#sections;
    const fontNames = fonts.map(
      ({ resource }, index) => `/${resource} ${FIRST_FONT + FONT_OBJECTS * index} 0 R`,
    );
    const fontMembers = `/Font<<${fontNames.join("")}>>`;
    const box = paper.map((edge) => decimal(edge / UNITS)).join(" ");
    const fontParts = fonts.flatMap((font, index) => fontObjects(font, FIRST_FONT + FONT_OBJECTS * index));
    await file.end(isOpen ? this.#block() : [], [
      `<</Type/Catalog/Pages ${PAGES} 0 R/Metadata ${METADATA} 0 R/Lang ${textString(table.locale)}` +
        `/ViewerPreferences<</DisplayDocTitle true>>` +
        `${this.#tags.isOn ? `/MarkInfo<</Marked true>>/StructTreeRoot ${this.#tags.root}` : ""}>>`,
      `<</Type/Pages/Kids[${sections.map(reference).join(" ")}]/Count ${this.#pages}/MediaBox[0 0 ${box}]` +
        `/Resources<<${fontMembers}/XObject<</Total ${TOTAL} 0 R>>>>>>`,
      informationOf(table),
      metadataOf(table),
      {
        content: total,
        dictionary: `/Type/XObject/Subtype/Form/BBox[-4000 -200 4000 300]/Resources<<${fontMembers}>>`,
      },
      ...fontParts,
      ...this.#tags.objects(
        sections.map((first) => first + BODY),
        sections.map((first) => first + OWNERS),
      ),
    ]);
  }

  async #endSection(): Promise<void> {
    const node = this.#file.first;
    await this.#file.endSection(this.#block());
    this.#sections.push(node);
    this.#numbers.length = 0;
    this.#tags.endSection();
  }

  /** The objects that this section's end writes. */
  #block(): (string | undefined)[] {
    const { first } = this.#file;
    const leaves: string[] = [];
    for (let from = 0; from < this.#numbers.length; from += LEAF) {
      const kids = this.#numbers.slice(from, from + LEAF);
      leaves.push(
        `<</Type/Pages/Parent ${first} 0 R/Kids[${kids.map(reference).join(" ")}]/Count ${kids.length}>>`,
      );
    }
    const kids = leaves.map((_, index) => reference(first + FIRST_LEAF + index)).join(" ");
    const node = `<</Type/Pages/Parent ${PAGES} 0 R/Kids[${kids}]/Count ${this.#numbers.length}>>`;
    return [node, ...(this.#tags.section() ?? [undefined, undefined]), ...leaves];
  }
}

function differences(numbers: readonly number[]): number[] {
  return numbers.map((number, index) => number - (numbers[index - 1] ?? 0));
}

function sums(steps: readonly number[]): number[] {
  let sum = 0;
  return steps.map((step) => {
    sum += step;
    return sum;
  });
}
