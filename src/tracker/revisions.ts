/**
 * @module The revisions of this node's generators, and which nodes may continue a file that another revision started.
 */

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

  /** Must be called before the first claim, with the source from which the generators were loaded. */
  learn(source: string): void {
    this.#source = source;
  }

  /** The revision of each kind, announced to the other nodes. */
  all(): Record<string, string> {
    const all = this.#registry.all();
    return Object.fromEntries(all.map((generator) => [generator.kind, revisionOf(generator, this.#source)]));
  }

  /** The revision with which this node makes files of this kind. */
  making(kind: string): Making {
    const generator = this.#registry.get(kind);
    const revision = generator === undefined ? "" : revisionOf(generator, this.#source);
    return {
      revision: revision === "" ? null : revision,
      continues: generator?.onRevisionChange === "continue",
    };
  }

  /** How much longer this node leaves it to nodes of the revision that started it, at `ranMs` of its running time. */
  waitMs({ kind, revision, since }: Begun, ranMs: number): number {
    const generator = this.#registry.get(kind);
    if (generator?.onRevisionChange !== "wait" || revision === null) return 0;
    if (revision === this.making(kind).revision) return 0;
    return Math.max(0, since.ranMs + generator.revisionWaitMs - ranMs);
  }

  /** False if the member has to wait and this node doesn't. A member that announces no revision may have any. */
  mayGoOn({ revisions }: Pick<Member, "revisions">, { kind, revision }: Begun): boolean {
    if (this.#registry.get(kind)?.onRevisionChange !== "wait" || revision === null) return true;
    const own = this.making(kind).revision;
    return own !== revision || (revisions[kind] ?? revision) === revision;
  }
}
