import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { type NatsLink, openNatsLink } from "../../../src/engines/nats/jetstream/connection.ts";
import { isPassing } from "../../../src/engines/nats/jetstream/stream.ts";
import { type Log, silentLog } from "../../../src/telemetry/log.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually, freePorts } from "../../support/real-cluster.ts";

const SECRET = "correct horse";
const login = (password: string) => `authorization { users = [{ user: "carry", password: "${password}" }] }`;

describe("a NATS link", () => {
  const opened: NatsLink[] = [];
  const open = async (servers: string[], options: { pass?: string; log?: Log; patienceMs?: number } = {}) => {
    const { pass = SECRET, log = silentLog, ...more } = options;
    const connection = { servers, user: "carry", pass };
    const link = await openNatsLink({ connection, name: "carryout n1", clock, log, ...more });
    opened.push(link);
    return link;
  };
  let servers: NatsServers;
  let monitor: string;

  before(async () => {
    monitor = `127.0.0.1:${await freePorts(1)}`;
    servers = await NatsServers.start({ config: `${login(SECRET)}\nhttp: "${monitor}"` });
  });
  after(async () => {
    for (const link of opened) await link.close();
    await servers.stop();
  });

  test("a refused login is reported at once, without the password", async () => {
    await assert.rejects(open(servers.addresses, { pass: "battery staple" }), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, "store-unusable");
      assert.match(error.message, new RegExp(`${servers.addresses[0]}.*login refused`));
      assert.doesNotMatch(error.message, /battery|correct/);
      return true;
    });
  });

  test("has a name by which operators can find it on the server", async () => {
    await open(servers.addresses);
    const answer = await (await fetch(`http://${monitor}/connz`)).json();
    assert.ok(
      (answer as { connections: { name: string }[] }).connections.some(({ name }) => name === "carryout n1"),
    );
  });

  test("without a server it times out and names the hosts it tried", async () => {
    const port = await freePorts(1);
    const hosts = [`127.0.0.1:${port}`, `127.0.0.1:${port + 1}`];
    await assert.rejects(open(hosts, { patienceMs: 300 }), {
      code: "unavailable",
      retriable: true,
      message: new RegExp(hosts.join(", ")),
    });
  });

  test("waits for a server that is started later, and keeps trying one that was down at first", async () => {
    const away = `127.0.0.1:${await freePorts(1)}`;
    await servers.kill(0);
    const opening = open([away, ...servers.addresses], { patienceMs: 60_000 });
    servers.launch(0);
    const link = await opening;
    assert.deepEqual(
      link.nats
        .getServers()
        .map(({ listen }) => listen)
        .sort(),
      [away, ...servers.addresses].sort(),
    );
    assert.equal(link.cutOffMs(), null);
  });

  test("answers cost no stack: the library would capture one for each, also for those that are fine", async () => {
    const { nats } = await open(servers.addresses);
    const { stackTraceLimit } = Error;
    const refused = await nats.request("nobody").catch((error: Error) => error);
    assert.ok(refused instanceof Error && refused.message.includes("no responders"), String(refused));
    assert.doesNotMatch(String(refused.stack), /\n\s+at /);
    assert.equal(Error.stackTraceLimit, stackTraceLimit);
    assert.match(String(new Error("ours").stack), /\n\s+at /);
  });

  test("what is sent in one turn of the event loop is one write, in its order", async () => {
    const { nats } = await open(servers.addresses);
    type Socket = { write: (...args: unknown[]) => unknown };
    const inside = nats as unknown as { protocol: { transport: { socket: Socket } } };
    const { socket } = inside.protocol.transport;
    const received: string[] = [];
    nats.subscribe("count", { callback: (_, message) => void received.push(message.string()) });
    await nats.flush();
    let writes = 0;
    const write = socket.write.bind(socket);
    socket.write = (...args) => {
      writes += 1;
      return write(...args);
    };
    const numbers = Array.from({ length: 10 }, (_, number) => String(number));
    for (const number of numbers) {
      nats.publish("count", number);
      await null;
    }
    await nats.flush();
    assert.deepEqual(received, numbers);
    assert.equal(writes, 1);
  });

  test("a request fails as soon as its connection is lost, not after its timeout", async () => {
    const link = await open(servers.addresses);
    link.nats.subscribe("silent", { callback: () => {} });
    const asking = link.whileConnected(() => link.nats.request("silent", "", { timeout: 3_600_000 }));
    const failing = assert.rejects(asking, (error) => isPassing(error));
    await link.nats.flush();
    await servers.kill(0);
    await failing;
    await assert.rejects(
      link.whileConnected(async () => "never asked"),
      isPassing,
    );
    servers.launch(0);
    await servers.ready();
    await eventually("back", async () => (await link.whileConnected(async () => "asked")) === "asked");
  });

  test("reconnects after losing a server, even if the server refuses it for a while", async () => {
    const refusal = Promise.withResolvers<void>();
    const log = { ...silentLog, error: () => refusal.resolve() };
    const link = await open(servers.addresses, { log });
    const events: string[] = [];
    link.onLost(() => events.push("lost"));
    const restartedWith = async (password: string) => {
      await servers.kill(0);
      await servers.configure(0, login(password));
      servers.launch(0);
      await servers.ready();
    };
    const back = new Promise<void>((resolve) => {
      link.onReconnect(() => {
        events.push("back");
        resolve();
      });
    });
    await restartedWith("changed");
    await refusal.promise;
    assert.notEqual(link.cutOffMs(), null);
    await restartedWith(SECRET);
    await back;
    assert.equal(link.cutOffMs(), null);
    assert.deepEqual(events, ["lost", "back"]);
    await link.nats.flush();
  });
});

test("a link to a hanging server moves to another one, however much is waiting to be sent", async () => {
  const servers = await NatsServers.start({ count: 3 });
  const link = await openNatsLink({
    connection: { servers: servers.addresses },
    name: "carryout n1",
    clock,
    log: silentLog,
  });
  const back = new Promise<void>((resolve) => void link.onReconnect(resolve));
  const frozen = servers.addresses.indexOf(link.nats.getServer());
  servers.freeze(frozen);
  try {
    const megabyte = new Uint8Array(1_000_000);
    for (let sent = 0; sent < 20; sent++) link.nats.publish("nobody.listens", megabyte);
    await back;
    assert.notEqual(link.nats.getServer(), servers.addresses[frozen]);
    await link.nats.flush();
  } finally {
    servers.thaw(frozen);
    await link.close();
    await servers.stop();
  }
});
