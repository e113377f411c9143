/** @module The subjects of a part's messages in the stream of files. */

/** One content of a part: every `put` has its own version, so that no two mix. */
export interface PartVersion {
  /** `time-size-random`, the first two in base 36. */
  id: string;
  /** When its `put` began, milliseconds since the epoch. */
  modifiedAt: number;
  /** Bytes. */
  size: number;
}

const MANIFESTS = "m";
const MANIFEST = "=";
const BASE = 36;

export function newVersion(modifiedAt: number, size: number, random: string): PartVersion {
  return { id: `${modifiedAt.toString(BASE)}-${size.toString(BASE)}-${random}`, modifiedAt, size };
}

export function parseVersion(id: string): PartVersion {
  const [modifiedAt, size] = id.split("-", 2).map((digits) => Number.parseInt(digits, BASE));
  return { id, modifiedAt: modifiedAt!, size: size! };
}

/**
 * `<kind>.<key>.<version>`: the kind is the number of a chunk, from 0, or "m" for the manifest, whose version is "=".
 * Of a key, "/" ends a token and "." becomes "=": the folders of `a/b.c` are `a/`, and nothing below them looks like
 * the part `a`. So one filter matches all of a part, or of a folder, and nothing else.
 */
export class PartSubjects {
  readonly #prefix: string;

  /** The prefix ends with ".". */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  manifest(key: string): string {
    return `${this.#prefix}${MANIFESTS}.${tokens(key)}.${MANIFEST}`;
  }

  chunk(key: string, version: string, number: number): string {
    return `${this.#prefix}${number}.${tokens(key)}.${version}`;
  }

  /** Matches the manifest of a part and the chunks of all its versions. */
  part(key: string): string {
    return `${this.#prefix}*.${tokens(key)}.*`;
  }

  /** Matches the chunks of one version of a part. */
  version(key: string, version: string): string {
    return `${this.#prefix}*.${tokens(key)}.${version}`;
  }

  /** Matches everything in a folder, which ends with "/", or is empty for all. */
  folder(folder: string): string {
    return `${this.#prefix}*.${tokens(folder)}>`;
  }

  manifestsIn(folder: string): string {
    return `${this.#prefix}${MANIFESTS}.${tokens(folder)}>`;
  }

  /** Belongs to no part: a write there only proves that the leader can still write. */
  get probe(): string {
    return `${this.#prefix}probe`;
  }

  /** Every version has a first chunk, stored before the others: it is enough to find them all. */
  firstChunksIn(folder: string): string {
    return `${this.#prefix}0.${tokens(folder)}>`;
  }

  /** The part that a message belongs to, and its version if it is a chunk. */
  parse(subject: string): { key: string; version: string } {
    const [, ...names] = subject.slice(this.#prefix.length).split(".");
    const version = names.pop() ?? "";
    return { key: names.join("").replaceAll("=", "."), version };
  }
}

function tokens(text: string): string {
  return text.replaceAll(".", "=").replaceAll("/", "/.");
}
