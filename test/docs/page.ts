/** @module Test support: parses a page of the documentation. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TOP = new URL("../../", import.meta.url);

export interface Row {
  /** The names in code style in the first cell: `a`, `b`. */
  readonly names: readonly string[];
  /** Cells by column heading. */
  readonly cells: Readonly<Record<string, string>>;
  /** The heading above the table. */
  readonly section: string;
}

export function pathOf(path: string): string {
  return fileURLToPath(new URL(path, TOP));
}

export function textOf(path: string): string {
  return readFileSync(pathOf(path), "utf8");
}

/** Text in code style: `like this`. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** The rows of all tables of a page whose first column has this heading. */
export function rowsOf(page: string, firstHead: string): Row[] {
  const rows: Row[] = [];
  let section = "";
  let head: string[] | null = null;
  for (const line of page.split("\n")) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) section = heading.replaceAll("`", "");
    if (!line.startsWith("|")) {
      head = null;
      continue;
    }
    const cells = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    if (head === null) head = cells;
    else if (head[0] === firstHead && !/^-+$/.test(cells[0]!)) {
      const byHead = Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ""]));
      rows.push({ names: codesIn(cells[0]!), cells: byHead, section });
    }
  }
  return rows;
}

export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page. */
export function blocksOf(path: string): Block[] {
  return [...textOf(path).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    page: path,
    language: language!,
    text: text!,
  }));
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  days: 24 * 3_600_000,
  bytes: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
};

/** Parses a default: "none", text in code style, or a number with its unit ("64 KiB", "90 days"). */
export function valueIn(cell: string): string | number | boolean | undefined {
  if (/^none\b/.test(cell)) return undefined;
  const [code] = codesIn(cell);
  if (code === "true" || code === "false") return code === "true";
  if (code !== undefined) return code.replace(/^"(.*)"$/, "$1");
  const [, digits, unit] = /^([\d,]+)(?: ([A-Za-z]+))?/.exec(cell) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits.replaceAll(",", "")) * (UNITS[unit ?? "ms"] ?? Number.NaN);
}
