/** @module Writes structures in Thrift's compact protocol, which Parquet uses for headers and footer. */

import { Packer } from "./packed-bytes.ts";

const TRUE = 1;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** A structure under construction. Its fields must be added in ascending order of their numbers. */
export class ThriftStruct {
  readonly #packer: Packer;
  #last = 0;

  constructor(packer = new Packer()) {
    this.#packer = packer;
  }

  i32(field: number, value: number): this {
    this.#begin(field, I32);
    this.#packer.integer(value);
    return this;
  }

  i64(field: number, value: number): this {
    this.#begin(field, I64);
    this.#packer.integer(value);
    return this;
  }

  true(field: number): this {
    this.#begin(field, TRUE);
    return this;
  }

  binary(field: number, value: Uint8Array | string): this {
    this.#begin(field, BINARY);
    this.#packer.bytes(Buffer.from(value));
    return this;
  }

  struct(field: number, fill: (struct: ThriftStruct) => void = () => {}): this {
    this.#begin(field, STRUCT);
    this.#nested(fill);
    return this;
  }

  i32s(field: number, values: readonly number[]): this {
    this.#beginList(field, I32, values.length);
    for (const value of values) this.#packer.integer(value);
    return this;
  }

  binaries(field: number, values: readonly string[]): this {
    this.#beginList(field, BINARY, values.length);
    for (const value of values) this.#packer.bytes(Buffer.from(value));
    return this;
  }

  structs<Item>(
    field: number,
    items: readonly Item[],
    fill: (struct: ThriftStruct, item: Item) => void,
  ): this {
    this.#beginList(field, STRUCT, items.length);
    for (const item of items) this.#nested((struct) => fill(struct, item));
    return this;
  }

  /** Ends it. */
  packed(): Buffer {
    this.#packer.byte(0);
    return this.#packer.packed();
  }

  #nested(fill: (struct: ThriftStruct) => void): void {
    fill(new ThriftStruct(this.#packer));
    this.#packer.byte(0);
  }

  /** All structures of Parquet have fewer than 16 fields, so the distance to the last one fits in four bits. */
  #begin(field: number, type: number): void {
    this.#packer.byte(((field - this.#last) << 4) | type);
    this.#last = field;
  }

  #beginList(field: number, type: number, length: number): void {
    this.#begin(field, LIST);
    if (length < 15) this.#packer.byte((length << 4) | type);
    else {
      this.#packer.byte(0xf0 | type);
      this.#packer.count(length);
    }
  }
}
