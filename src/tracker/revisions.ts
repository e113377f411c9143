/** @module The revisions of this node's generators, and who may go on with what another revision has begun. */

import type { Making } from "../download/transitions.ts";
import type { Registry } from "../generator/registry.ts";
import { revisionOf } from "../generator/revision.ts";
import type { Member } from "../ports/membership.ts";
import type { Entry } from "./unfinished-index.ts";

type Begun = Pick<Entry, "kind" | "revision" | "since">;

export class Revisions {
  readonly #registry: Registry;
  #source = "";

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** To be called before the first claim, with what the generators were loaded from. */
  learn(source: string): void {
    this.#source = source;
  }

  /** For the other nodes. */
  all(): Record<string, string> {
    const all = this.#registry.all();
    return Object.fromEntries(all.map((generator) => [generator.kind, revisionOf(generator, this.#source)]));
  }

  /** What a claim of this node makes a file of this kind with. */
  making(kind: string): Making {
    const generator = this.#registry.get(kind);
    const revision = generator === undefined ? "" : revisionOf(generator, this.#source);
    return {
      revision: revision === "" ? null : revision,
      continues: generator?.onRevisionChange === "continue",
    };
  }

  /** How long this node leaves it to nodes of the revision that has begun it, of a time as it measures it. */
  waitMs({ kind, revision, since }: Begun, ranMs: number): number {
    const generator = this.#registry.get(kind);
    if (generator?.onRevisionChange !== "wait" || revision === null) return 0;
    if (revision === this.making(kind).revision) return 0;
    return Math.max(0, since.ranMs + generator.revisionWaitMs - ranMs);
  }

  /** True unless the member would have to wait while this node need not. One that announces nothing may be any. */
  mayGoOn({ revisions }: Pick<Member, "revisions">, { kind, revision }: Begun): boolean {
    if (this.#registry.get(kind)?.onRevisionChange !== "wait" || revision === null) return true;
    const own = this.making(kind).revision;
    return own !== revision || (revisions[kind] ?? revision) === revision;
  }
}
