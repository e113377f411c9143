/** @module The file below the pages: objects, their numbers and offsets, in sections that end with an index each. */

import type { Sink } from "../format.ts";
import { crossReferences, type Entry } from "./cross-references.ts";
import { plainObject, streamObject } from "./objects.ts";
import { packNumbers, unpackNumbers } from "./packed.ts";

/** As Latin-1 characters; the four above 127 tell programs that the file is binary. */
const HEAD = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
/** Objects that may be compressed at a time: enough to keep other cores busy, few enough to hold. */
const IN_FLIGHT = 4;

export type FileState = {
  /** Bytes so far, and those before this section. */
  size: number;
  start: number;
  /** The next object's number, and the section's first. */
  next: number;
  first: number;
  /** Where the index of the section before begins; 0 in the first section. */
  previous: number;
  /** Of each object that was added to the section: its bytes, and how many objects are in it. */
  units: string;
};

/** What of a file does not depend on its pages. */
export interface FileShape {
  /** Objects 1 to this are written by the end alone. */
  readonly low: number;
  /** Objects that each section's end writes; their numbers are the section's first, so that pages can name them. */
  readonly block: number;
  /** Members of the dictionary of every index. */
  readonly trailer: string;
}

interface Unit {
  readonly bytes: Promise<Uint8Array> | Uint8Array;
  /** How many objects are in this stream of objects; 0 for any other object. */
  readonly inner: number;
}

/**
 * A section is what ISO 32000-1, 7.5.6 calls an incremental update: objects, and an index of them that points to the
 * index before. So the sizes of one section's objects are all that has to be remembered.
 */
export class PdfFile {
  readonly #sink: Sink;
  readonly #shape: FileShape;
  readonly #queue: Unit[] = [];
  readonly #units: number[];
  #size: number;
  #start: number;
  #next: number;
  #first: number;
  #previous: number;

  constructor(sink: Sink, shape: FileShape, state: FileState | undefined) {
    this.#sink = sink;
    this.#shape = shape;
    this.#size = state?.size ?? 0;
    this.#start = state?.start ?? HEAD.length;
    this.#first = state?.first ?? shape.low + 1;
    this.#next = state?.next ?? this.#first + shape.block;
    this.#previous = state?.previous ?? 0;
    this.#units = state === undefined ? [] : unpackNumbers(state.units);
  }

  /** The number of the first of the objects that the section's end writes. */
  get first(): number {
    return this.#first;
  }

  /** The number of the object that is added next. */
  get next(): number {
    return this.#next;
  }

  object(body: string): void {
    this.#add(plainObject(this.#next, body), 0);
  }

  /** A stream, compressed off the main thread. */
  stream(content: string | Uint8Array, dictionary = ""): void {
    this.#add(streamObject(this.#next, content, dictionary), 0);
  }

  /** Objects in a compressed stream of objects (7.5.7). Their numbers follow on the stream's, which is `next`. */
  group(bodies: readonly string[]): void {
    let offset = 0;
    let head = "";
    for (const [position, body] of bodies.entries()) {
      head += `${this.#next + 1 + position} ${offset} `;
      offset += body.length + 1;
    }
    const dictionary = `/Type/ObjStm/N ${bodies.length}/First ${head.length}`;
    this.#add(streamObject(this.#next, head + bodies.join("\n"), dictionary), bodies.length);
  }

  /** Resolves when more may be added. */
  async room(): Promise<void> {
    await this.#drain(IN_FLIGHT);
  }

  /** Ends a section with the objects of its block; a number of the block that has none stays free. */
  async endSection(block: readonly (string | undefined)[]): Promise<void> {
    await this.#drain(0);
    await this.#index(await this.#late(this.#first, block));
    this.#first = this.#next;
    this.#next += this.#shape.block;
  }

  /** Ends the last section and the file, with the objects from number 1 on. */
  async end(
    block: readonly (string | undefined)[],
    low: readonly (string | Promise<Uint8Array>)[],
  ): Promise<void> {
    await this.#drain(0);
    const entries = [...(await this.#late(1, low)), ...(await this.#late(this.#first, block))];
    const index = await this.#index([{ number: 0, offset: 0 }, ...entries]);
    await this.#write(Buffer.from(`startxref\n${index}\n%%EOF\n`));
  }

  /** What is needed to go on, when the sink holds all that was added. */
  async save(): Promise<FileState> {
    await this.#drain(0);
    return {
      size: this.#size,
      start: this.#start,
      next: this.#next,
      first: this.#first,
      previous: this.#previous,
      units: packNumbers(this.#units),
    };
  }

  #add(bytes: Unit["bytes"], inner: number): void {
    this.#queue.push({ bytes, inner });
    this.#next += 1 + inner;
  }

  async #drain(most: number): Promise<void> {
    while (this.#queue.length > most) {
      const unit = this.#queue[0];
      if (unit === undefined) return;
      const bytes = await unit.bytes;
      this.#queue.shift();
      this.#units.push(bytes.length, unit.inner);
      await this.#write(bytes);
    }
  }

  /** Writes objects whose numbers were given out before. */
  async #late(
    first: number,
    objects: readonly (string | Promise<Uint8Array> | undefined)[],
  ): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const [position, object] of objects.entries()) {
      if (object === undefined) continue;
      const number = first + position;
      const bytes = typeof object === "string" ? plainObject(number, object) : await object;
      entries.push({ number, offset: this.#size });
      await this.#write(bytes);
    }
    return entries;
  }

  /** Writes the index of this section. Returns where it begins. */
  async #index(late: readonly Entry[]): Promise<number> {
    const entries: Entry[] = [...late];
    let offset = this.#start;
    let number = this.#first + this.#shape.block;
    for (let at = 0; at < this.#units.length; at += 2) {
      const inner = this.#units[at + 1] ?? 0;
      entries.push({ number, offset });
      for (let index = 0; index < inner; index += 1)
        entries.push({ number: number + 1 + index, stream: number, index });
      number += 1 + inner;
      offset += this.#units[at] ?? 0;
    }
    const own = this.#next;
    this.#next += 1;
    const begin = this.#size;
    entries.push({ number: own, offset: begin });
    const { table, dictionary } = crossReferences(entries);
    const previous = this.#previous === 0 ? "" : `/Prev ${this.#previous}`;
    const members = `/Type/XRef/Size ${own + 1}${dictionary}${this.#shape.trailer}${previous}`;
    await this.#write(await streamObject(own, table, members));
    this.#previous = begin;
    this.#units.length = 0;
    this.#start = this.#size;
    return begin;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#size === 0) {
      this.#size = HEAD.length;
      await this.#sink.write(Buffer.from(HEAD, "latin1"));
    }
    this.#size += bytes.length;
    await this.#sink.write(bytes);
  }
}
