/** @module The file below the pages: objects, their numbers and offsets, in sections that each end with an index. */

import type { Sink } from "../format.ts";
import { Content } from "./content.ts";
import { CrossReferences } from "./cross-references.ts";
import { ObjectGroup } from "./object-group.ts";
import { compress, type Part, plainObject, type Stream, streamObject } from "./objects.ts";
import { packNumbers, unpackNumbers } from "./packed.ts";

/** The four bytes above 127 tell programs that the file is binary. */
const HEAD = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
/** Objects compressed at a time: enough to keep other cores busy, few enough to hold in memory. */
const IN_FLIGHT = 4;

export type FileState = {
  /** Bytes so far, and bytes before this section. */
  size: number;
  start: number;
  /** The next object's number, and the section's first. */
  next: number;
  first: number;
  /** The offset of the previous section's index; 0 in the first section. */
  previous: number;
  /** For each object added to the section: its length in bytes, and how many objects it contains. */
  units: string;
};

/** The parts of a file that do not depend on its pages. */
export interface FileShape {
  /** Objects 1 to this are written only at the end of the file. */
  readonly low: number;
  /** Objects that each section's end writes; their numbers are the section's first, so that pages can name them. */
  readonly block: number;
  /** Members of the dictionary of every index. */
  readonly trailer: string;
}

interface Unit {
  readonly parts: Promise<Part[]> | Part[];
  /** How many objects are in this stream of objects; 0 for any other object. */
  readonly inner: number;
}

/** An object that is written at the end of a section. */
interface Late {
  readonly number: number;
  readonly offset: number;
}

/**
 * A section is what ISO 32000-1, 7.5.6 calls an incremental update: objects, and an index of them that points to the
 * index before. So only the sizes of one section's objects have to be kept.
 */
export class PdfFile {
  readonly #sink: Sink;
  readonly #shape: FileShape;
  readonly #queue: Unit[] = [];
  readonly #group = new ObjectGroup();
  /** Reused: new memory for every page would pile up until the next garbage collection. */
  readonly #spare: Content[] = [];
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

  /** The number of the first object that the section's end writes. */
  get first(): number {
    return this.#first;
  }

  /** The number of the next object. */
  get next(): number {
    return this.#next;
  }

  object(body: string): void {
    this.#add(plainObject(this.#next, body), 0);
  }

  /** A buffer for a content stream; `stream` takes it back. */
  spare(): Content {
    return this.#spare.pop() ?? new Content();
  }

  /** A stream, compressed off the main thread. Its memory is reused. */
  stream(content: Content, dictionary = "", inner = 0): void {
    this.#add(this.#compressed(this.#next, content, dictionary), inner);
  }

  async #compressed(number: number, content: Content, dictionary: string): Promise<Part[]> {
    const bytes = await compress(content.bytes);
    content.clear();
    this.#spare.push(content);
    return streamObject(number, bytes, dictionary);
  }

  /** A stream of objects. Their numbers follow the stream's, which is `next`; `write` writes them. */
  group(write: (group: ObjectGroup) => void): void {
    const content = this.spare();
    this.#group.clear();
    write(this.#group);
    const head = this.#group.write(content, this.#next + 1);
    this.stream(content, `/Type/ObjStm/N ${this.#group.count}/First ${head}`, this.#group.count);
  }

  /** Resolves when more may be added. */
  async room(): Promise<void> {
    await this.#drain(IN_FLIGHT);
  }

  /** Ends a section with the objects of its block; a number without an object stays free. */
  async endSection(block: readonly (string | undefined)[]): Promise<void> {
    await this.#drain(0);
    await this.#index([], await this.#late(this.#first, block));
    this.#first = this.#next;
    this.#next += this.#shape.block;
  }

  /** Ends the last section and the file, with the objects from number 1 on. */
  async end(block: readonly (string | undefined)[], low: readonly (string | Stream)[]): Promise<void> {
    await this.#drain(0);
    const index = await this.#index(await this.#late(1, low), await this.#late(this.#first, block));
    await this.#write([`startxref\n${index}\n%%EOF\n`]);
  }

  /** The state needed to resume once the sink holds everything that was added. */
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

  #add(parts: Unit["parts"], inner: number): void {
    this.#queue.push({ parts, inner });
    this.#next += 1 + inner;
  }

  async #drain(most: number): Promise<void> {
    if (this.#size === 0) await this.#write([Buffer.from(HEAD, "latin1")]);
    while (this.#queue.length > most) {
      const unit = this.#queue[0];
      if (unit === undefined) return;
      const parts = await unit.parts;
      this.#queue.shift();
      const from = this.#size;
      await this.#write(parts);
      this.#units.push(this.#size - from, unit.inner);
    }
  }

  /** Writes objects whose numbers were assigned earlier. Returns their offsets. */
  async #late(first: number, objects: readonly (string | Stream | undefined)[]): Promise<Late[]> {
    const late: Late[] = [];
    for (const [position, object] of objects.entries()) {
      if (object === undefined) continue;
      late.push({ number: first + position, offset: this.#size });
      await this.#write(await this.#bytesOf(first + position, object));
    }
    return late;
  }

  async #bytesOf(number: number, object: string | Stream): Promise<Part[]> {
    if (typeof object === "string") return plainObject(number, object);
    return streamObject(number, await compress(object.content), object.dictionary);
  }

  /** Writes the index of this section, which has `low` objects if it is the last. Returns its offset. */
  async #index(low: readonly Late[], block: readonly Late[]): Promise<number> {
    const begin = this.#size;
    const own = this.#next;
    const index = new CrossReferences(own - this.#first + low.length + 2);
    if (low.length > 0) index.addFree();
    for (const { number, offset } of [...low, ...block]) index.addObject(number, offset);
    let offset = this.#start;
    let number = this.#first + this.#shape.block;
    for (let at = 0; at < this.#units.length; at += 2) {
      const inner = this.#units[at + 1] ?? 0;
      index.addObject(number, offset);
      for (let member = 0; member < inner; member += 1) index.addMember(number + 1 + member, number, member);
      number += 1 + inner;
      offset += this.#units[at] ?? 0;
    }
    index.addObject(own, begin);
    const previous = this.#previous === 0 ? "" : `/Prev ${this.#previous}`;
    const dictionary = `/Type/XRef/Size ${own + 1}${index.dictionary}${this.#shape.trailer}${previous}`;
    await this.#write(await this.#bytesOf(own, { content: index.table, dictionary }));
    this.#next += 1;
    this.#previous = begin;
    this.#units.length = 0;
    this.#start = this.#size;
    return begin;
  }

  async #write(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      this.#size += part.length;
      await this.#sink.write(part);
    }
  }
}
