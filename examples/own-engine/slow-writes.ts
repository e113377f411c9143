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
      const told: Repo = {
        fetch: (key) => repo.fetch(key),
        list: (user) => repo.list(user),
        insert: (download) => timed("insert", download.id, repo.insert(download)),
        update: (download, version) => timed("update", download.id, repo.update(download, version)),
        remove: (key, version) => timed("remove", key, repo.remove(key, version)),
        watch: (signal) => repo.watch(signal),
        close: () => repo.close(),
      };
      return { ...engine, repo: told };
    },
  };
}
