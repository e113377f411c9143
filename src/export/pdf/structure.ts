/** @module The objects that belong to a page's content: the page, its links, and the tags of its rows (14.7, 14.8). */

import type { ObjectGroup } from "./object-group.ts";
import { byteString, decimal, reference, textString } from "./objects.ts";
import type { LinkArea } from "./page.ts";
import { UNITS } from "./sheet.ts";

export interface PageFacts {
  /** Numbers of the page, of its content stream and of its parent node in the page tree. */
  readonly number: number;
  readonly content: number;
  readonly parent: number;
  readonly links: readonly LinkArea[];
  /** For a page with tags: its key in the parent tree. The keys of its links follow. */
  readonly key: number | undefined;
}

/** The page's own object. */
export function pageObject({ number, content, parent, links, key }: PageFacts): string {
  const areas = links.map((_, index) => reference(number + 1 + index)).join(" ");
  const annotations = areas === "" ? "" : `/Annots[${areas}]`;
  const tags = key === undefined ? "" : `/StructParents ${key}/Tabs/S`;
  return `<</Type/Page/Parent ${parent} 0 R/Contents ${content} 0 R${annotations}${tags}>>`;
}

/** The page and its links; their numbers follow the page's. */
export function writePage(group: ObjectGroup, page: PageFacts): void {
  group.begin(pageObject(page));
  for (const [index, link] of page.links.entries()) {
    group.begin(annotation(link, page.key === undefined ? "" : `/StructParent ${page.key + 1 + index}`));
  }
}

function annotation({ box, href, text }: LinkArea, members: string): string {
  const edges = box.map((edge) => decimal(edge / UNITS)).join(" ");
  const uri = byteString(href.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent));
  return (
    `<</Type/Annot/Subtype/Link/Rect[${edges}]/Border[0 0 0]/F 4/Contents ${textString(text)}` +
    `/A<</S/URI/URI${uri}>>${members}>>`
  );
}

/** The data for the tags of a page's rows. */
export interface RowFacts {
  readonly page: number;
  readonly key: number;
  /** The number of the rows' parent tag. */
  readonly body: number;
  /** The cells, in rows of `columns`: "0" empty, "1" text, "L" a link. */
  readonly cells: string;
  readonly columns: number;
  /** Numbers of the tags for the content marked before the first row. */
  readonly before: readonly number[];
}

/** A page's node of the parent tree, then its rows' tags; they are numbered from `first`. */
export function writeTags(group: ObjectGroup, first: number, facts: RowFacts): void {
  const { page, key, body, cells, columns, before } = facts;
  const rows = cells.length / columns;
  const firstCell = rowTag(first, rows);
  const firstLink = firstCell + cells.length;
  const links = cells.split("L").length - 1;
  group.begin(`<</Limits[${key} ${key + links}]/Nums[${key}[${before.map(reference).join(" ")}`);
  for (let index = 0, link = firstLink; index < cells.length; index += 1) {
    if (cells[index] === "1") group.add(` ${firstCell + index} 0 R`);
    if (cells[index] === "L") group.add(` ${link++} 0 R`);
  }
  group.add("]");
  for (let link = 0; link < links; link += 1) group.add(` ${key + 1 + link} ${firstLink + link} 0 R`);
  group.add("]>>");
  for (let row = 0; row < rows; row += 1) {
    group.begin(`<</S/TR/P ${body} 0 R/K[`);
    for (let cell = 0; cell < columns; cell += 1) group.add(`${firstCell + row * columns + cell} 0 R `);
    group.add("]>>");
  }
  for (let index = 0, mark = before.length, link = firstLink; index < cells.length; index += 1) {
    group.begin(`<</S/TD/P ${rowTag(first, Math.floor(index / columns))} 0 R`);
    if (cells[index] === "1") group.add(`/Pg ${page} 0 R/K ${mark++}`);
    if (cells[index] === "L") {
      group.add(`/K ${link++} 0 R`);
      mark += 1;
    }
    group.add(">>");
  }
  let link = 0;
  for (let index = 0, mark = before.length; index < cells.length; index += 1) {
    if (cells[index] === "L") {
      link += 1;
      group.begin(
        `<</S/Link/P ${firstCell + index} 0 R/Pg ${page} 0 R/K[${mark} <</Type/OBJR/Obj ${page + link} 0 R>>]>>`,
      );
    }
    if (cells[index] !== "0") mark += 1;
  }
}

/** The number of a row's tag among those of a page, which are numbered from `first`. */
export function rowTag(first: number, row: number): number {
  return first + 1 + row;
}
