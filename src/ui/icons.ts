/** @module The icons, as SVG text: decoration only, next to text with the same meaning. */

import { type Listed, nameFor } from "./listed.ts";

const icon = (path: string) =>
  `<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`;

const CIRCLE = "M17.25 10a7.25 7.25 0 1 1-14.5 0 7.25 7.25 0 0 1 14.5 0z";
const SHEET = "M11.5 2.5h-7v15h11v-11l-4-4v4h4";
const FRAME = "M3 3.5h14v13H3z";

export const downloadIcon = icon("M10 3v9.5M6.25 8.75l3.75 3.75 3.75-3.75M3.5 16.5h13");
export const readyIcon = icon(`${CIRCLE}M6.75 10.25l2.25 2.25 4.25-4.75`);
export const errorIcon = icon(`${CIRCLE}M10 6.25v4.5m0 2.9v.1`);
export const closeIcon = icon("M5.5 5.5l9 9m0-9-9 9");
export const retryIcon = icon("M15.75 8.25A6.25 6.25 0 1 0 16.25 11M16.25 4.25v4h-4");
export const bellIcon = icon(
  "M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.75 5.5-1.75 5.5h12.5s-1.75-1.5-1.75-5.5A4.5 4.5 0 0 0 10 3zM8.5 16.25a1.75 1.75 0 0 0 3 0",
);
export const foldIcon = icon("M5.5 12.25l4.5-4.5 4.5 4.5");

/** Kinds of files that have an icon of their own. */
export type FileGroup = "table" | "page" | "archive" | "data" | "image" | "other";

const GROUPS: Readonly<Record<FileGroup, string>> = {
  table: icon(`${FRAME}M3 8h14M3 12.25h14M8.5 8v8.5`),
  page: icon(`${SHEET}M7.5 10.25h5M7.5 13.5h5`),
  archive: icon("M3.5 7v9.5h13V7M2.75 3.5h14.5V7H2.75zM8.25 10.25h3.5"),
  data: icon(
    "M7.5 3.5C4.5 3.5 6.5 8.5 4 10c2.5 1.5.5 6.5 3.5 6.5M12.5 3.5c3 0 1 5 3.5 6.5-2.5 1.5-.5 6.5-3.5 6.5",
  ),
  image: icon(
    `${FRAME}M7 6.25a1.25 1.25 0 1 1 0 2.5 1.25 1.25 0 0 1 0-2.5M3.5 14.5l4-3.5 2.5 2 3-3.25 3.75 4`,
  ),
  other: icon(SHEET),
};

const ENDINGS: Listed<Exclude<FileGroup, "other">> = {
  table: "csv tsv xls xlsx ods parquet numbers",
  page: "pdf doc docx odt txt md rtf html",
  archive: "zip gz tgz tar bz2 xz zst 7z rar",
  data: "json ndjson jsonl xml yaml yml sql geojson",
  image: "png jpg jpeg gif webp avif svg tif tiff bmp",
};

/** By the ending of a file's name or of a kind. */
export function groupOf(name: string): FileGroup {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return nameFor(ENDINGS, ending) ?? "other";
}

export function fileIcon(group: FileGroup): string {
  return GROUPS[group];
}
