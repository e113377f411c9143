/** @module How values of each column type are encoded, and how their minimum and maximum are found. */

import type { Cell, Link } from "../cell.ts";
import type { ColumnType } from "../column.ts";
import { type Bounds, ColumnValues } from "./column-values.ts";
import { TextValues } from "./text-values.ts";

const DAY_MS = 86_400_000;
const TWO_32 = 2 ** 32;

export function valuesOf(type: ColumnType): ColumnValues {
  return new VALUES[type]();
}

/** Numbers of a fixed width; minimum and maximum are compared as numbers. */
abstract class NumberValues extends ColumnValues {
  #min: number | bigint | undefined;
  #max: number | bigint | undefined;

  takeBounds(): Bounds | undefined {
    const [min, max] = [this.#min, this.#max];
    this.#min = undefined;
    this.#max = undefined;
    if (min === undefined || max === undefined) return undefined;
    // A minimum of zero must be written as -0, and a maximum of zero as +0.
    return { min: this.encoded(min === 0 ? -0 : min), max: this.encoded(max === 0 ? 0 : max) };
  }

  protected compare(value: number | bigint): void {
    if (this.#min === undefined || value < this.#min) this.#min = value;
    if (this.#max === undefined || value > this.#max) this.#max = value;
  }

  protected abstract encoded(value: number | bigint): Uint8Array;
}

class DoubleValues extends NumberValues {
  protected put(cell: Cell): void {
    const value = cell as number;
    this.reserve(8);
    this.view.setFloat64(this.size, value, true);
    this.size += 8;
    this.compare(value);
  }

  protected encoded(value: number | bigint): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(Number(value));
    return bytes;
  }
}

class IntegerValues extends NumberValues {
  protected put(cell: Cell): void {
    this.putInteger(cell as number | bigint);
  }

  protected putInteger(value: number | bigint): void {
    this.reserve(8);
    if (typeof value === "bigint") this.view.setBigInt64(this.size, value, true);
    else {
      this.view.setUint32(this.size, value >>> 0, true);
      this.view.setInt32(this.size + 4, Math.floor(value / TWO_32), true);
    }
    this.size += 8;
    this.compare(value);
  }

  protected encoded(value: number | bigint): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  }
}

/** Milliseconds since 1970 in UTC. */
class InstantValues extends IntegerValues {
  protected override put(cell: Cell): void {
    this.putInteger((cell as Date).getTime());
  }
}

/** Days since 1970. */
class DateValues extends NumberValues {
  protected put(cell: Cell): void {
    const days = Date.parse(cell as string) / DAY_MS;
    this.reserve(4);
    this.view.setInt32(this.size, days, true);
    this.size += 4;
    this.compare(days);
  }

  protected encoded(value: number | bigint): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(Number(value));
    return bytes;
  }
}

/** One bit per value. */
class BooleanValues extends NumberValues {
  #count = 0;

  override clear(): void {
    super.clear();
    this.#count = 0;
  }

  protected put(cell: Cell): void {
    const bit = this.#count++ % 8;
    if (bit === 0) {
      this.reserve(1);
      this.bytes[this.size++] = 0;
    }
    if (cell) this.bytes[this.size - 1]! |= 1 << bit;
    this.compare(cell ? 1 : 0);
  }

  protected encoded(value: number | bigint): Uint8Array {
    return Buffer.from([Number(value)]);
  }
}

/** A link is its address. */
class LinkValues extends TextValues {
  protected override put(cell: Cell): void {
    super.put((cell as Link).href);
  }
}

const VALUES: Readonly<Record<ColumnType, new () => ColumnValues>> = {
  text: TextValues,
  number: DoubleValues,
  integer: IntegerValues,
  boolean: BooleanValues,
  date: DateValues,
  datetime: InstantValues,
  link: LinkValues,
};
