/** @module The fonts of a PDF, read from files and checked. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import type { Font, Glyph } from "fontkit";
import { CarryoutError, messageOf } from "../../errors.ts";
import { explainMissing } from "../../text/missing-library.ts";
import type { FontPair, PdfOptions } from "./options.ts";

export interface FontFile {
  readonly path: string;
  /** The weight it is chosen for; it is a fallback for the others as well. */
  readonly weight: "regular" | "bold" | "both";
}

export interface LoadedFont {
  readonly font: Font;
  readonly weight: FontFile["weight"];
  /** The CRC-32 of the file: another version of a font has other glyphs. */
  readonly version: number;
}

const NOTO = "@expo-google-fonts/noto-sans";
export const PDF_LIBRARIES: readonly string[] = ["fontkit", "bidi-js", NOTO];

/** The files of the fonts that an application chose, in the order in which they are tried. */
export function fontFiles(options: PdfOptions): FontFile[] {
  return [options.font ?? notoSans(), ...(options.fonts ?? [])].flatMap((font): FontFile[] => {
    if (typeof font === "string") return [{ path: font, weight: "both" }];
    return [
      { path: font.regular, weight: "regular" },
      { path: font.bold, weight: "bold" },
    ];
  });
}

/** The files of Noto Sans, a free font (SIL OFL 1.1) with Latin, Greek, Cyrillic and Vietnamese. */
function notoSans(): FontPair {
  try {
    return {
      regular: fileURLToPath(import.meta.resolve(`${NOTO}/400Regular/NotoSans_400Regular.ttf`)),
      bold: fileURLToPath(import.meta.resolve(`${NOTO}/700Bold/NotoSans_700Bold.ttf`)),
    };
  } catch (error) {
    return explainMissing("the pdf format", PDF_LIBRARIES)(error);
  }
}

/** Throws a `CarryoutError` for a file that is not a font, or whose licence forbids embedding. */
export async function loadFonts(files: readonly FontFile[]): Promise<LoadedFont[]> {
  const { create } = await import("fontkit").catch(explainMissing("the pdf format", PDF_LIBRARIES));
  return await Promise.all(
    files.map(async ({ path, weight }) => {
      try {
        const bytes = await readFile(path);
        const font = create(bytes);
        if (!("layout" in font)) throw new Error("it is a collection of fonts; give a file of one");
        refuseRestricted(font);
        separateGlyphs(font);
        return { font, weight, version: crc32(bytes) };
      } catch (error) {
        throw new CarryoutError("invalid-config", `the font ${path} can't be used: ${messageOf(error)}`, {
          cause: error,
        });
      }
    }),
  );
}

/**
 * fontkit keeps one object for a glyph, with the characters of its first use: a glyph's text, and how it is
 * shaped, would depend on earlier texts. So each use gets an object of its own.
 */
function separateGlyphs(font: Font): void {
  const shared = font.getGlyph.bind(font);
  font.getGlyph = (id, codePoints = []) =>
    Object.create(shared(id), { codePoints: { value: codePoints } }) as Glyph;
}

/** The embedding that the font's licence allows, from its table OS/2 (OpenType specification, fsType). */
function refuseRestricted(font: Font): void {
  const { noEmbedding, noSubsetting, bitmapOnly } = font["OS/2"].fsType;
  const forbidden = noEmbedding
    ? "embedding"
    : noSubsetting
      ? "embedding a part"
      : bitmapOnly
        ? "embedding outlines"
        : "";
  if (forbidden !== "") throw new Error(`its licence forbids ${forbidden} (fsType in its table OS/2)`);
}
