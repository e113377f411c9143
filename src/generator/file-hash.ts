/** @module The SHA-256 of a whole file, which can be saved in the middle and go on in another process. */

import { createSHA256, type IHasher } from "hash-wasm";

/** One for the whole process: each file loads its own state into it, so that a waiting run costs 116 bytes. */
let sha256: IHasher | undefined;

/** Must have resolved before the first `FileHash` is made. Idempotent. */
export async function loadFileHash(): Promise<void> {
  sha256 ??= await createSHA256();
}

export class FileHash {
  #state: Uint8Array;

  /** `saved` is what `save()` gave for the bytes so far, or null for an empty file. */
  constructor(saved: string | null) {
    this.#state = saved === null ? hasher().init().save() : Buffer.from(saved, "base64");
  }

  update(bytes: Uint8Array): void {
    this.#state = hasher().load(this.#state).update(bytes).save();
  }

  /** The state, base64. It holds up to 63 bytes of the file in clear. */
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
