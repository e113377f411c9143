/** @module Requests that are being written: each counts as its user's until the repo's watch has brought it. */

import type { Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Share, Shares } from "./shares.ts";

interface Pass {
  readonly share: Share;
  /** The newest that the watch has brought of this slot since the request came. */
  seen: Version | null;
  /** What was written; null until then. */
  wrote: Version | null;
}

/** Without it, all requests of one moment would be let in: none would see the others. */
export class UnderWay {
  readonly shares: Shares;
  readonly #passes = new Map<string, Set<Pass>>();

  constructor(shares: Shares) {
    this.shares = shares;
  }

  /** Counts the share. Call what is returned once, with the version that was written, or null where nothing was. */
  enter(share: Share): (wrote: Version | null) => void {
    const pass: Pass = { share, seen: null, wrote: null };
    const passes = this.#passes.get(share.key) ?? new Set();
    this.#passes.set(share.key, passes.add(pass));
    this.shares.add(share);
    return (wrote) => {
      pass.wrote = wrote;
      if (wrote === null || (pass.seen !== null && pass.seen >= wrote)) this.#end(pass);
    };
  }

  /** Called for each event after it was counted. */
  apply(event: SlotEvent): void {
    if (event.type === "synced") {
      for (const passes of this.#passes.values()) {
        for (const pass of passes) if (pass.wrote !== null) this.#end(pass);
      }
    } else if (event.type !== "begin") {
      for (const pass of this.#passes.get(event.key) ?? []) {
        pass.seen = event.version;
        if (pass.wrote !== null && event.version >= pass.wrote) this.#end(pass);
      }
    }
  }

  #end(pass: Pass): void {
    const { share } = pass;
    const passes = this.#passes.get(share.key);
    passes?.delete(pass);
    if (passes?.size === 0) this.#passes.delete(share.key);
    this.shares.remove(share);
  }
}
