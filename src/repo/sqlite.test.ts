import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../clock/system.ts";
import { repoContract } from "./contract.ts";
import { openSqliteRepo, type SqliteRepo } from "./sqlite.ts";

repoContract("sqlite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "carryout-repo-"));
  const repos: SqliteRepo[] = [];
  const hintOthers = (writer: number) => {
    for (const [index, repo] of repos.entries()) if (index !== writer) repo.hint();
  };
  return {
    async open() {
      const path = join(folder, "carryout.db");
      const repo = await openSqliteRepo({
        path,
        clock: systemClock,
        onCommit: () => hintOthers(repos.indexOf(repo)),
      });
      repos.push(repo);
      return repo;
    },
    async dispose() {
      await Promise.all(repos.map((repo) => repo.close()));
      await rm(folder, { recursive: true });
    },
  };
});
