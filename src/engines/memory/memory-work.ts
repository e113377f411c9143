/** @module The work on downloads in the memory of one process. */

import { ownerOf, userPrefix } from "../../download/key.ts";
import type { Mark, Saved } from "../../download/work.ts";
import { encodeMark, encodeSaved } from "../../download/work-codec.ts";
import type { Version } from "../../ports/repo.ts";
import { isDamagedMark, isDamagedSaved, marksOf, workEventOf, workOf } from "../../ports/stored-text.ts";
import type { Work, WorkEvent } from "../../ports/work.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { MemoryTable } from "./memory-table.ts";

export function memoryWork({ marks, saved }: MemoryStore, checkOpen: () => void, closed: AbortSignal): Work {
  const write = (
    table: MemoryTable,
    key: string,
    text: string,
    version: Version | null,
    isFree: (there: string) => boolean,
  ): Version | null => {
    checkOpen();
    const there = table.get(key);
    const isExpected = version === null ? !there || isFree(there.text) : there?.version === version;
    return isExpected ? table.put(key, text) : null;
  };
  return {
    async fetch(key) {
      checkOpen();
      return workOf(key, marks.get(key), saved.get(key));
    },

    async list(user) {
      checkOpen();
      return marksOf(marks.entries(ownerOf(userPrefix(user))));
    },

    async keys() {
      checkOpen();
      return [...new Set([...marks.keys(), ...saved.keys()])];
    },

    async advance(key: string, mark: Mark, version: Version | null) {
      return write(marks, key, encodeMark(mark), version, isDamagedMark);
    },

    async save(key: string, value: Saved, version: Version | null) {
      return write(saved, key, encodeSaved(value), version, isDamagedSaved);
    },

    async remove(key) {
      checkOpen();
      saved.delete(key);
      marks.delete(key);
    },

    async *watch(user: string | null, signal: AbortSignal): AsyncGenerator<WorkEvent, void, void> {
      checkOpen();
      const over = AbortSignal.any([signal, closed]);
      if (over.aborted) return;
      const owner = user === null ? null : ownerOf(userPrefix(user));
      yield { type: "begin" };
      for await (const change of marks.follow(owner, over)) {
        yield change === null ? { type: "synced" } : workEventOf(change);
      }
    },
  };
}
