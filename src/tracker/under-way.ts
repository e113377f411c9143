/** @module Requests that are being written: each counts for its user until the repo's watch has delivered it. */

import type { Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Share, Shares } from "./shares.ts";

interface Pass {
  readonly share: Share;
  /** The newest version of this slot that the watch has delivered since the request arrived. */
  seen: Version | null;
  /** The version that was written; null until then. */
  wrote: Version | null;
}

/** Without it, simultaneous requests would all be accepted: none would see the others. */
export class UnderWay {
  readonly shares: Shares;
  readonly #passes = new Map<string, Set<Pass>>();

  constructor(shares: Shares) {
    this.shares = shares;
  }

  /** Counts the share. Call the returned function once, with the version that was written, or null if none was. */
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
