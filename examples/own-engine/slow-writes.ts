/** @module A custom engine: wraps another engine and logs its slow writes. */

import type { EngineFactory, Repo } from "carryout";

/** The wrapped engine, with a warning in the node's log for each write that takes at least this long. */
export function tellingSlowWrites(inside: EngineFactory, slowMs: number): EngineFactory {
  return {
    ...inside,
    name: `${inside.name} (slow writes are told)`,
    async open(context) {
      const { clock, log } = context;
      const engine = await inside.open(context);
      const timed = async <Result>(write: string, key: string, doing: Promise<Result>): Promise<Result> => {
        const began = clock.monotonic();
        try {
          return await doing;
        } finally {
          const tookMs = clock.monotonic() - began;
          if (tookMs >= slowMs) log.warn({ write, key, tookMs }, "a slow write");
        }
      };
      const { repo } = engine;
      const { slots, work, history } = repo;
      const told: Repo = {
        slots: {
          fetch: (key) => slots.fetch(key),
          list: (user) => slots.list(user),
          insert: (download) => timed("insert", download.id, slots.insert(download)),
          update: (download, version) => timed("update", download.id, slots.update(download, version)),
          remove: (key, version) => timed("remove", key, slots.remove(key, version)),
          watch: (signal) => slots.watch(signal),
        },
        work: {
          fetch: (key) => work.fetch(key),
          list: (user) => work.list(user),
          keys: () => work.keys(),
          advance: (key, mark, version) => timed("advance", key, work.advance(key, mark, version)),
          save: (key, saved, version) => timed("save", key, work.save(key, saved, version)),
          remove: (key) => timed("remove work", key, work.remove(key)),
          watch: (user, signal) => work.watch(user, signal),
        },
        history,
        close: () => repo.close(),
      };
      return { ...engine, repo: told };
    },
  };
}
