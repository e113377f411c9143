import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../../src/clock/system.ts";
import { reachServer } from "../../../src/engines/postgres/session/postgres-server.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { shownHost } from "../../../src/text/host-port.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { targetOf } from "../../support/postgres-repos.ts";
import { eventually, freePorts } from "../../support/real-cluster.ts";

describe("connections to PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  /** Accepts connections and never answers, as a server that hangs. */
  let silent: Server;

  before(async () => {
    server = await PostgresServer.start();
    silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
  });
  after(async () => {
    silent.close();
    await server.stop();
  });

  const at = (port: number) => ({ host: "127.0.0.1", port });
  const reach = (ports: number[], changes: Partial<ReturnType<typeof targetOf>> = {}, patienceMs = 500) =>
    reachServer({
      target: { ...targetOf(ports.map(at), "any"), ...changes },
      node: "n1",
      clock: systemClock,
      log: silentLog,
      patienceMs,
    });

  test("the primary is found behind hosts that hang or refuse", async () => {
    const { port } = silent.address() as AddressInfo;
    const reached = await reach([await freePorts(1), port, server.port], {}, 10_000);
    assert.equal(reached.pooling, "none");
    assert.equal(reached.timelines.highest()?.timeline, 1);
    const session = await reached.session("work");
    const rows = await session.query<{ name: string }>("SELECT current_setting('application_name') AS name");
    assert.deepEqual(rows, [{ name: "carryout n1 work" }]);
    assert.equal(session.connection?.host, shownHost(at(server.port)));
    assert.ok(session.connection.version >= 140_000);
    await session.close();
    await assert.rejects(session.query("SELECT 1"), { code: "closed" });
  });

  test("what will not pass is refused at once, with the server's words; silence is unavailable", async () => {
    const refused = { code: "store-unusable" };
    const patiently = 3_600_000;
    await assert.rejects(reach([server.port], { user: "nobody" }, patiently), {
      ...refused,
      message: /nobody/,
    });
    await assert.rejects(reach([server.port], { database: "none" }, patiently), {
      ...refused,
      message: /none/,
    });
    const secrets = () => ({ password: "", tls: {} });
    await assert.rejects(reach([server.port], { secrets }, patiently), { ...refused, message: /TLS/ });
    const closed = await freePorts(1);
    await assert.rejects(reach([closed]), {
      code: "unavailable",
      message: new RegExp(`127.0.0.1:${closed}`),
    });
    const { port } = silent.address() as AddressInfo;
    await assert.rejects(reach([port]), { code: "unavailable", message: /no answer within/ });
  });

  test("where there is room for one connection alone, reaching it fails and leaves none open", async () => {
    await server.query("CREATE ROLE single LOGIN CONNECTION LIMIT 1");
    await assert.rejects(reach([server.port], { user: "single" }), {
      code: "unavailable",
      message: /too many connections for role "single"/,
    });
    await eventually("none is open", async () => {
      return (await server.query("SELECT FROM pg_stat_activity WHERE usename = 'single'")).length === 0;
    });
  });

  test("statements go one after the other; one that fails or hangs does not take the next along", async () => {
    const session = await (await reach([server.port])).session("work");
    const order: number[] = [];
    const statements = [0.05, 0, 0].map(async (seconds, index) => {
      await session.query("SELECT pg_sleep($1)", [seconds]);
      order.push(index);
    });
    await assert.rejects(session.query("SELECT 1 / 0"), { code: "22012" });
    await Promise.all(statements);
    assert.deepEqual(order, [0, 1, 2]);
    const hangs = session.query("SELECT pg_sleep(3600)", [], { deadlineMs: 100 });
    await assert.rejects(hangs, { name: "ConnectionLost", sent: true });
    await assert.rejects(session.query("SELECT 1"), { name: "ConnectionLost", sent: false });
    await session.connected();
    assert.deepEqual(await session.query("SELECT 1 AS one"), [{ one: 1 }]);
    const running = "SELECT FROM pg_stat_activity WHERE query LIKE '%3600%' AND pid <> pg_backend_pid()";
    await eventually("the server ends what nobody waits for", async () => {
      return (await server.query(running)).length === 0;
    });
    await session.close();
  });

  test("a lost connection comes back with all that it listens to, before its owner is told", async () => {
    const session = await (await reach([server.port])).session("feed");
    const heard: string[] = [];
    const stop = session.listen("one", (payload) => heard.push(payload));
    session.listen("other", (payload) => heard.push(`other ${payload}`));
    const told: (number | "lost")[] = [];
    session.onLost(() => told.push("lost"));
    session.onConnect(({ pid }) => {
      told.push(pid);
      if (told.length > 1)
        void session.query("SELECT pg_notify('one', 'at once'), pg_notify('other', 'as well')");
    });
    await server.query("SELECT pg_terminate_backend($1)", [session.connection!.pid]);
    await eventually("both are heard", async () => heard.length === 2);
    assert.deepEqual(heard, ["at once", "other as well"]);
    assert.equal(told[1], "lost");
    assert.notEqual(told[2], told[0]);
    assert.equal(session.cutOffMs(), null);
    stop();
    await session.query("SELECT pg_notify('one', 'unheard'), pg_notify('other', 'last')");
    await eventually("the last is heard", async () => heard.length === 3);
    assert.equal(heard[2], "other last");
    await session.close();
  });

  test("a server is left when another node has seen a later one, and not used again", async () => {
    const reached = await reach([server.port]);
    const session = await reached.session("work");
    const { system, timeline } = reached.timelines.highest()!;
    const hangs = session.query("SELECT pg_sleep(3600)", [], { deadlineMs: 3_600_000 });
    reached.timelines.note({ system, timeline: timeline + 1 });
    await assert.rejects(hangs, { name: "ConnectionLost", message: /its timeline is 1/ });
    assert.equal(session.connection, null);
    await assert.rejects(reached.session("more"), { code: "unavailable", message: /it was replaced/ });
    await session.close();
  });

  test("roles with settings of their own get those that the engine needs", async () => {
    await server.query("CREATE ROLE odd LOGIN");
    await server.query("ALTER ROLE odd SET default_transaction_isolation = 'serializable'");
    await server.query("ALTER ROLE odd SET idle_session_timeout = '1h'");
    const session = await (await reach([server.port], { user: "odd" })).session("work");
    const rows = await session.query(
      `SELECT current_setting('transaction_isolation') AS isolation, current_setting('idle_session_timeout') AS idle,
         current_setting('tcp_user_timeout') AS cut`,
    );
    assert.deepEqual(rows, [{ isolation: "read committed", idle: "0", cut: "2000" }]);
    await session.close();
  });
});
