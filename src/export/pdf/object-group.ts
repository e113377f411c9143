/** @module Objects for a compressed stream of objects (ISO 32000-1, 7.5.7), as bytes from the start. */

import { Content } from "./content.ts";

export class ObjectGroup {
  readonly #head = new Content();
  readonly #bodies = new Content();
  readonly #offsets: number[] = [];

  get count(): number {
    return this.#offsets.length;
  }

  /** Begins the next object. */
  begin(body: string): void {
    if (this.#offsets.length > 0) this.#bodies.text("\n");
    this.#offsets.push(this.#bodies.length);
    this.#bodies.text(body);
  }

  /** More of the same object. */
  add(body: string): void {
    this.#bodies.text(body);
  }

  /** Writes the stream's content, whose objects are numbered from `first`. Returns the length of its index. */
  write(content: Content, first: number): number {
    this.#head.clear();
    for (let index = 0; index < this.#offsets.length; index += 1) {
      this.#head.integer(first + index);
      this.#head.text(" ");
      this.#head.integer(this.#offsets[index] ?? 0);
      this.#head.text(" ");
    }
    content.append(this.#head);
    content.append(this.#bodies);
    return this.#head.length;
  }

  clear(): void {
    this.#offsets.length = 0;
    this.#bodies.clear();
  }
}
