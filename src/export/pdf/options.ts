/** @module The options of the format "pdf". */

import { valueName } from "../../text/value-name.ts";

/** Files of a font (TrueType or OpenType) in two weights. */
export interface FontPair {
  readonly regular: string;
  readonly bold: string;
}

export interface PdfOptions {
  /** Default "A4". */
  readonly paper?: "A4" | "Letter";
  /** Default "auto": landscape when the columns need it. */
  readonly orientation?: "auto" | "portrait" | "landscape";
  /** In points, 5 to 14. Default 8. A table with many columns is set smaller, down to four fifths. */
  readonly fontSize?: number;
  /** Files of the two fonts that come first. Default Noto Sans, from the package `@expo-google-fonts/noto-sans`. */
  readonly font?: FontPair;
  /** More fonts, tried in order for each character that the first lacks. A single file serves for bold text too. */
  readonly fonts?: readonly (string | FontPair)[];
  /** A character that no font has ends the export ("error", the default) or prints as "\ufffd" with a warning ("replace"). */
  readonly missing?: "error" | "replace";
  /** The most lines of a cell; further lines are left out with a warning. Default: as many as a page holds. */
  readonly maxLines?: number;
  /** Every other row has a light background. Default true. */
  readonly zebra?: boolean;
  /** At the foot of each page. Default: the table's title. */
  readonly footer?: string;
  /**
   * Tags mark rows, cells and headings for screen readers. Default: files of up to 500 pages and 150,000 cells have
   * them. Each cell is then an object of the file; programs need not read more than 8,388,607 (ISO 32000-1, annex C).
   */
  readonly tagged?: boolean;
}

const KINDS: Readonly<
  Record<keyof PdfOptions, readonly [expected: string, holds: (value: unknown) => boolean]>
> = {
  paper: ['"A4" or "Letter"', (value) => value === "A4" || value === "Letter"],
  orientation: [
    '"auto", "portrait" or "landscape"',
    (value) => ["auto", "portrait", "landscape"].includes(String(value)),
  ],
  fontSize: ["a number from 5 to 14", (value) => typeof value === "number" && value >= 5 && value <= 14],
  font: ["an object with the paths regular and bold", (value) => isFont(value)],
  fonts: [
    "an array of paths, or of objects with the paths regular and bold",
    (value) => Array.isArray(value) && value.every((font) => typeof font === "string" || isFont(font)),
  ],
  missing: ['"error" or "replace"', (value) => value === "error" || value === "replace"],
  maxLines: ["a whole number from 1", (value) => Number.isSafeInteger(value) && Number(value) >= 1],
  zebra: ["a boolean", (value) => typeof value === "boolean"],
  footer: ["a string", (value) => typeof value === "string"],
  tagged: ["a boolean", (value) => typeof value === "boolean"],
};

/** Throws a `TypeError` for an unknown option or an invalid value. */
export function checkOptions(options: PdfOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(KINDS, name)) {
      throw new TypeError(`pdf: unknown option "${name}" (available: ${Object.keys(KINDS).join(", ")})`);
    }
    const [expected, holds] = KINDS[name as keyof PdfOptions];
    if (value !== undefined && !holds(value)) {
      throw new TypeError(`pdf: option ${name} must be ${expected}, not ${shown(value)}`);
    }
  }
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : valueName(value);
}

function isFont(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { regular, bold } = value as Record<string, unknown>;
  return typeof regular === "string" && typeof bold === "string";
}
