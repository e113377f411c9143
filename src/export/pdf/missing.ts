/** @module Characters that no font has. */

import { UserError } from "../../errors.ts";
import type { Warnings } from "../format.ts";
import type { PdfFont } from "./font.ts";
import type { PdfOptions } from "./options.ts";

const MOST_NAMED = 5;

export class MissingCharacters {
  readonly #replaces: boolean;
  readonly #standIn: string;
  readonly #warnings: Warnings;
  readonly #found = new Set<number>();

  constructor(options: PdfOptions, font: PdfFont | undefined, warnings: Warnings) {
    this.#replaces = options.missing === "replace";
    this.#standIn = ["\ufffd", "?"].find((character) => font?.has(character.codePointAt(0) ?? 0)) ?? "";
    this.#warnings = warnings;
  }

  /** True when a character was missing since the last report. */
  get any(): boolean {
    return this.#found.size > 0;
  }

  /** The glyph for a character that no font has. The caller that has its position reports it later. */
  found(codePoint: number): string {
    this.#found.add(codePoint);
    return this.#standIn;
  }

  /** The replacement for text that is only measured. */
  ignored(): string {
    return this.#standIn;
  }

  /** Forgets the characters that were reported before the writer resumed. */
  forget(): void {
    this.#found.clear();
  }

  /** Throws a `UserError`, or warns, if characters were missing since the last call. `where` begins the message. */
  report(where: string): void {
    if (this.#found.size === 0) return;
    const named = Array.from(this.#found, nameOf).slice(0, MOST_NAMED);
    const more = this.#found.size > MOST_NAMED ? `, and ${this.#found.size - MOST_NAMED} more` : "";
    const message = `${where}: no font has ${named.join(", ")}${more}`;
    this.#found.clear();
    if (!this.#replaces) {
      throw new UserError(
        `${message}; give one that does with pdf({ fonts: [...] }), or set missing: "replace"`,
      );
    }
    this.#warnings.add(message);
  }
}

function nameOf(codePoint: number): string {
  return `"${String.fromCodePoint(codePoint)}" (U+${codePoint.toString(16).toUpperCase().padStart(4, "0")})`;
}
