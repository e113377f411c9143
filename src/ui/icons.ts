/** @module The icons, as SVG text: decoration only, next to text with the same meaning. */

const icon = (path: string) =>
  `<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;

const SHEET =
  '<path d="M11.5 2.5H6A1.5 1.5 0 0 0 4.5 4v12A1.5 1.5 0 0 0 6 17.5h8a1.5 1.5 0 0 0 1.5-1.5V6.5l-4-4v4h4"/>';

export const downloadIcon = icon('<path d="M10 3v9.5m0 0 3.75-3.75M10 12.5 6.25 8.75M3.5 16.5h13"/>');
export const readyIcon = icon(
  '<circle cx="10" cy="10" r="7.25"/><path d="m6.75 10.25 2.25 2.25 4.25-4.75"/>',
);
export const errorIcon = icon('<circle cx="10" cy="10" r="7.25"/><path d="M10 6.25v4.5m0 2.9v.1"/>');
export const closeIcon = icon('<path d="m5.5 5.5 9 9m0-9-9 9"/>');
export const retryIcon = icon('<path d="M15.75 8.25A6.25 6.25 0 1 0 16.25 11M16.25 4.25v4h-4"/>');
export const bellIcon = icon(
  '<path d="M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.75 5.5-1.75 5.5h12.5s-1.75-1.5-1.75-5.5A4.5 4.5 0 0 0 10 3ZM8.5 16.25a1.75 1.75 0 0 0 3 0"/>',
);
export const foldIcon = icon('<path d="m5.5 12.25 4.5-4.5 4.5 4.5"/>');

/** Kinds of files that have an icon of their own. */
export type FileGroup = "table" | "page" | "archive" | "data" | "image" | "other";

const GROUPS: Readonly<Record<FileGroup, string>> = {
  table: icon(
    '<rect x="3" y="3.5" width="14" height="13" rx="1.5"/><path d="M3 8h14M3 12.25h14M8.5 8v8.5"/>',
  ),
  page: icon(`${SHEET}<path d="M7.5 10.25h5M7.5 13.5h5"/>`),
  archive: icon(
    '<path d="M3.5 7h13v8a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15zM2.75 3.5h14.5V7H2.75zM8.25 10.25h3.5"/>',
  ),
  data: icon(
    '<path d="M7.5 3.5C4.5 3.5 6.5 8.5 4 10c2.5 1.5.5 6.5 3.5 6.5M12.5 3.5c3 0 1 5 3.5 6.5-2.5 1.5-.5 6.5-3.5 6.5"/>',
  ),
  image: icon(
    '<rect x="3" y="3.5" width="14" height="13" rx="1.5"/><circle cx="7" cy="7.5" r="1.25"/><path d="m3.5 14.5 4-3.5 2.5 2 3-3.25 3.75 4"/>',
  ),
  other: icon(SHEET),
};

const ENDINGS: Readonly<Record<FileGroup, string>> = {
  table: "csv tsv xls xlsx ods parquet numbers",
  page: "pdf doc docx odt txt md rtf html",
  archive: "zip gz tgz tar bz2 xz zst 7z rar",
  data: "json ndjson jsonl xml yaml yml sql geojson",
  image: "png jpg jpeg gif webp avif svg tif tiff bmp",
  other: "",
};

/** By the ending of a file's name or of a kind. */
export function groupOf(name: string): FileGroup {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const known = Object.entries(ENDINGS).find(([, endings]) => endings.split(" ").includes(ending));
  return ending === "" ? "other" : ((known?.[0] ?? "other") as FileGroup);
}

export function fileIcon(group: FileGroup): string {
  return GROUPS[group];
}
