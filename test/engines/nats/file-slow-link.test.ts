import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as elapsed } from "node:timers/promises";
import { systemClock } from "../../../src/clock/system.ts";
import { openNatsFileStore } from "../../../src/engines/nats/files/nats-file-store.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { linkTo, natsFileCluster } from "../../support/nats-files.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { freePorts } from "../../support/real-cluster.ts";

/** Bandwidth of the link, in each direction. */
const BYTES_PER_MS = 1_000;
const STEP = 16 * 1024;

let servers: NatsServers;
before(async () => {
  servers = await NatsServers.start({ count: 1 });
});
after(() => servers?.stop());

/** A proxy that slowly forwards everything to the server and counts the bytes. */
async function slowLink() {
  const [host, serverPort] = servers.addresses[0]!.split(":");
  const sockets: Socket[] = [];
  const passed = { up: 0, down: 0 };
  const pass = async (from: Socket, to: Socket, way: "up" | "down") => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += STEP) {
        const step = chunk.subarray(at, at + STEP);
        await elapsed(step.length / BYTES_PER_MS);
        passed[way] += step.length;
        to.write(step);
      }
    }
    to.end();
  };
  const listener = createServer((near) => {
    const far = connect(Number(serverPort), host);
    sockets.push(near, far);
    // A broken socket ends the iteration over it.
    for (const socket of [near, far]) socket.on("error", () => {});
    void pass(near, far, "up").catch(() => far.destroy());
    void pass(far, near, "down").catch(() => near.destroy());
  });
  const port = await freePorts(1);
  await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${port}`,
    passed,
    connections: () => sockets.length / 2,
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test("nats: a slow link is neither flooded nor mistaken for a broken one", async () => {
  const cluster = await natsFileCluster(servers, 1);
  const slow = await slowLink();
  const link = await linkTo([slow.address]);
  try {
    let lost = 0;
    link.onLost(() => {
      lost += 1;
    });
    const store = await openNatsFileStore({ link, name: cluster.name, clock: systemClock, log: silentLog });
    const size = 4 * 1024 * 1024;
    const content = new Uint8Array(size).fill(5);
    await Promise.all([
      store.put("a/1", content.subarray(size / 2)),
      store.put("a/2", content.subarray(size / 2)),
    ]);
    assert.ok(slow.passed.up < 1.2 * size, `${slow.passed.up} bytes were sent`);
    const readers = ["a/1", "a/2"].map(async (key) => {
      let bytes = 0;
      for await (const { length } of store.get(key)) bytes += length;
      return bytes;
    });
    assert.deepEqual(await Promise.all(readers), [size / 2, size / 2]);
    assert.ok(slow.passed.down < 1.2 * size, `${slow.passed.down} bytes were received`);
    assert.deepEqual([lost, slow.connections()], [0, 1]);
  } finally {
    await link.close();
    slow.close();
    await cluster.dispose();
  }
});
