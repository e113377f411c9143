import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { postgresTarget } from "../../../src/engines/postgres/postgres-login.ts";
import { readPostgresUrl } from "../../../src/engines/postgres/postgres-url.ts";
import { reachServer } from "../../../src/engines/postgres/session/postgres-server.ts";
import { silentLog as log } from "../../../src/telemetry/log.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";

describe("PostgreSQL over TLS", { skip: withoutPostgres }, () => {
  let dir: string;
  let certificates: Certificates;
  let server: PostgresServer;
  let plain: PostgresServer;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "carryout-tls-"));
    certificates = await makeCertificates(dir);
    const { ca, server: own } = certificates;
    await chmod(dir, 0o755);
    if (process.getuid?.() === 0) execFileSync("chown", ["postgres", own.key]);
    const settings = { ssl: "on", ssl_cert_file: own.cert, ssl_key_file: own.key, ssl_ca_file: ca };
    server = await PostgresServer.start({ settings });
    plain = await PostgresServer.start();
  });
  after(async () => {
    await server?.stop();
    await plain?.stop();
    await rm(dir, { recursive: true });
  });

  /** What the server says about a connection made with these options: encrypted, and with which client certificate. */
  const connected = async (options: string, { host = "127.0.0.1", to = server } = {}) => {
    const url = `postgres://carryout@${host}:${to.port}/postgres?${options}`;
    const found = await reachServer({
      target: postgresTarget(readPostgresUrl(url), {}),
      node: "test",
      clock,
      log,
      patienceMs: 1_000,
    });
    const session = await found.session("test");
    try {
      const [row] = await session.query<{ ssl: boolean; client: string | null }>(
        "SELECT ssl, client_dn AS client FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      );
      return row;
    } finally {
      await session.close();
    }
  };

  test("encrypts as the URL says, and presents a certificate", async () => {
    const trusted = `sslrootcert=${certificates.ca}`;
    const { cert, key } = certificates.client;
    assert.deepEqual(await connected("sslmode=disable"), { ssl: false, client: null });
    assert.deepEqual(await connected("sslmode=require"), { ssl: true, client: null });
    for (const host of ["127.0.0.1", "localhost"])
      assert.deepEqual(await connected(`sslmode=verify-full&${trusted}`, { host }), {
        ssl: true,
        client: null,
      });
    assert.deepEqual(await connected(`${trusted}&sslcert=${cert}&sslkey=${key}`), {
      ssl: true,
      client: "/CN=client",
    });
  });

  test("refuses a server whose certificate is not trusted, and one without TLS", async () => {
    await assert.rejects(connected("sslmode=verify-full"), {
      code: "store-unusable",
      message: /certificate/,
    });
    await assert.rejects(connected("sslmode=verify-ca"), { code: "store-unusable", message: /certificate/ });
    await assert.rejects(connected("sslmode=require", { to: plain }), {
      code: "store-unusable",
      message: /does not support SSL/,
    });
  });
});
