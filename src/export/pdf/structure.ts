/** @module The objects that stand beside a page's content: the page, its links, and the tags of its rows (14.7, 14.8). */

import { byteString, decimal, reference, textString } from "./objects.ts";
import type { LinkArea } from "./page.ts";
import { UNITS } from "./sheet.ts";

export interface PageFacts {
  /** Numbers of the page, of its content stream and of the node of the page tree that it hangs on. */
  readonly number: number;
  readonly content: number;
  readonly parent: number;
  readonly links: readonly LinkArea[];
  /** Of a page with tags: its key in their parent tree. Its links have those that follow. */
  readonly key: number | undefined;
}

/** The page and its links; their numbers follow on the page's. */
export function pageObjects({ number, content, parent, links, key }: PageFacts): string[] {
  const areas = links.map((_, index) => reference(number + 1 + index)).join(" ");
  const annotations = areas === "" ? "" : `/Annots[${areas}]`;
  const tags = key === undefined ? "" : `/StructParents ${key}/Tabs/S`;
  return [
    `<</Type/Page/Parent ${parent} 0 R/Contents ${content} 0 R${annotations}${tags}>>`,
    ...links.map((link, index) =>
      annotation(link, key === undefined ? "" : `/StructParent ${key + 1 + index}`),
    ),
  ];
}

function annotation({ box, href, text }: LinkArea, members: string): string {
  const edges = box.map((edge) => decimal(edge / UNITS)).join(" ");
  const uri = byteString(href.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent));
  return (
    `<</Type/Annot/Subtype/Link/Rect[${edges}]/Border[0 0 0]/F 4/Contents ${textString(text)}` +
    `/A<</S/URI/URI${uri}>>${members}>>`
  );
}

/** What the tags of a page's rows need. */
export interface RowFacts {
  readonly page: number;
  readonly key: number;
  /** The number of the tag that the rows hang on. */
  readonly body: number;
  /** Of each cell, in rows of `columns`: "0" empty, "1" text, "L" a link. */
  readonly cells: string;
  readonly columns: number;
  /** Numbers of the tags of what is marked before the first row. */
  readonly before: readonly number[];
}

/** A page's node of the parent tree, then its rows' tags; they are numbered from `first`. */
export function tagObjects(first: number, { page, key, body, cells, columns, before }: RowFacts): string[] {
  const rows = cells.length / columns;
  const firstCell = rowTag(first, rows);
  const firstLink = firstCell + cells.length;
  const owners = before.map(reference);
  const cellTags: string[] = [];
  const linkTags: string[] = [];
  for (let index = 0; index < cells.length; index += 1) {
    const mark = cells[index];
    const cell = firstCell + index;
    let content = "";
    if (mark === "1") content = `/Pg ${page} 0 R/K ${owners.push(reference(cell)) - 1}`;
    if (mark === "L") {
      const link = firstLink + linkTags.length;
      const area = `<</Type/OBJR/Obj ${page + 1 + linkTags.length} 0 R>>`;
      linkTags.push(
        `<</S/Link/P ${cell} 0 R/Pg ${page} 0 R/K[${owners.push(reference(link)) - 1} ${area}]>>`,
      );
      content = `/K ${link} 0 R`;
    }
    cellTags.push(`<</S/TD/P ${rowTag(first, Math.floor(index / columns))} 0 R${content}>>`);
  }
  const rowTags = Array.from({ length: rows }, (_, row) => {
    const kids = Array.from({ length: columns }, (_, column) =>
      reference(firstCell + row * columns + column),
    );
    return `<</S/TR/P ${body} 0 R/K[${kids.join(" ")}]>>`;
  });
  const linkOwners = linkTags.map((_, index) => ` ${key + 1 + index} ${firstLink + index} 0 R`).join("");
  const node = `<</Limits[${key} ${key + linkTags.length}]/Nums[${key}[${owners.join(" ")}]${linkOwners}]>>`;
  return [node, ...rowTags, ...cellTags, ...linkTags];
}

/** The number of a row's tag among those of a page, which are numbered from `first`. */
export function rowTag(first: number, row: number): number {
  return first + 1 + row;
}
