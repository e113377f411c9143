/** @module The SHA-256 of a file, whose state can be saved midway and resumed in another process. */

import { createSHA256, type IHasher } from "hash-wasm";

/** One per process: each file loads its own state into it, so that a waiting run costs 116 bytes. */
let sha256: IHasher | undefined;

/** Must have resolved before the first `FileHash` is made. Idempotent. */
export async function loadFileHash(): Promise<void> {
  sha256 ??= await createSHA256();
}

export class FileHash {
  #state: Uint8Array;

  /** `saved` is the result of `save()` for the bytes so far, or null for an empty file. */
  constructor(saved: string | null) {
    this.#state = saved === null ? hasher().init().save() : Buffer.from(saved, "base64");
  }

  update(bytes: Uint8Array): void {
    this.#state = hasher().load(this.#state).update(bytes).save();
  }

  /** The state, base64. It contains up to 63 bytes of the file in plain text. */
  save(): string {
    return Buffer.from(this.#state).toString("base64");
  }

  /** Lower-case hexadecimal. */
  digest(): string {
    return hasher().load(this.#state).digest();
  }
}

function hasher(): IHasher {
  if (sha256 === undefined)
    throw new TypeError("loadFileHash() must have resolved before a FileHash is used");
  return sha256;
}
