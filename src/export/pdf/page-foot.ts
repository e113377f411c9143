/** @module The foot of each page: its number, the number of pages, the footer's text and the time of the request. */

import { printable } from "./characters.ts";
import { Content, type GlyphRun } from "./content.ts";
import { shortened } from "./lines.ts";
import type { Page } from "./page.ts";
import { type Layout, widthOf } from "./placing.ts";
import { UNITS } from "./sheet.ts";
import type { Style } from "./style.ts";
import { wordsOf } from "./words.ts";

const BASELINE = 24 * UNITS;
const COLOR = "0.4 0.44 0.5 rg";

/**
 * The number of pages is known last. So each page draws a form (ISO 32000-1, 8.10) in its place, and the form is
 * written at the end. The form is at the end of its line, since its width isn't known either.
 */
export class PageFoot {
  readonly #layout: Layout;
  readonly #style: Style;
  readonly #numbers: Intl.NumberFormat;
  readonly #parts: readonly [before: string, between: string, after: string];
  readonly #about: GlyphRun;

  constructor(layout: Layout) {
    const { table, options, sheet, styles } = layout;
    this.#layout = layout;
    this.#style = styles.foot;
    this.#numbers = new Intl.NumberFormat(table.locale);
    const [before = "", between = "", after = ""] = wordsOf(table.locale).page.split(/\{pages?\}/);
    this.#parts = [before, between, after];
    const time = new Intl.DateTimeFormat(table.locale, {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: table.timeZone,
    });
    const text = [options.footer ?? table.title, time.format(table.requestedAt)]
      .filter((part) => part !== "")
      .join(" · ");
    const room = ((sheet.right - sheet.left) * 0.7 * 1000) / this.#style.size;
    const about = printable(text);
    this.#about =
      this.#style.measure(about) <= room ? this.#style.line(about) : shortened(this.#style, about, room);
  }

  /** Puts it on the page with this index. Returns the operators that draw the number of pages. */
  place(page: Page, index: number): string {
    const { sheet, styles, rightToLeft } = this.#layout;
    const [before, between] = this.#parts;
    const label = this.#style.line(`${before}${this.#numbers.format(index + 1)}${between}`);
    const labelWidth = widthOf(label, this.#style);
    const aboutWidth = widthOf(this.#about, this.#style);
    page.beginArtifact();
    page.set(`${COLOR} ${this.#style.select}`);
    page.put(rightToLeft ? sheet.right - labelWidth : sheet.left, BASELINE, label);
    page.put(rightToLeft ? sheet.left : sheet.right - aboutWidth, BASELINE, this.#about);
    page.set(styles.regular.select);
    page.endMark();
    const end = rightToLeft ? sheet.right - labelWidth : sheet.left + labelWidth;
    return `q 1 0 0 1 ${end} ${BASELINE} cm /Total Do Q\n`;
  }

  /** The content of the form that all pages draw. */
  total(pages: number): Uint8Array {
    const run = this.#style.line(`${this.#numbers.format(pages)}${this.#parts[2]}`);
    const x = this.#layout.rightToLeft ? -widthOf(run, this.#style) : 0;
    const content = new Content();
    content.text(`BT ${COLOR} ${this.#style.select} ${x} 0 Td `);
    run.draw(content);
    content.text(" ET");
    return content.bytes;
  }
}
