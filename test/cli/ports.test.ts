import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { clusterPorts, reservePorts } from "../../src/cli/up/ports.ts";

describe("clusterPorts", () => {
  it("assigns node i the entry port plus i", () => {
    assert.deepEqual(clusterPorts(4000, 3), { entry: 4000, own: [4001, 4002, 4003] });
  });

  it("lets the system choose all ports when the entry port is 0", () => {
    assert.deepEqual(clusterPorts(0, 2), { entry: 0, own: [0, 0] });
  });
});

describe("reservePorts", () => {
  it("picks a free entry port for port 0", async () => {
    const { entry, own } = await reservePorts(clusterPorts(0, 2), "127.0.0.1");
    assert.ok(entry > 0);
    assert.deepEqual(own, [0, 0]);
  });

  it("names the port in use and suggests another", async (test) => {
    const server = createServer().listen(0, "127.0.0.1");
    test.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await assert.rejects(reservePorts({ entry: port, own: [] }, "127.0.0.1"), {
      code: "unavailable",
      message: new RegExp(`^port ${port} is in use; choose another with --port, for example --port \\d+$`),
    });
  });

  it("says that a host is not an address of this machine", async () => {
    await assert.rejects(reservePorts(clusterPorts(0, 1), "192.0.2.1"), {
      message: /192\.0\.2\.1 is not an address/,
    });
  });

  it("rejects node ports above 65535", async () => {
    await assert.rejects(reservePorts(clusterPorts(65_534, 3), "127.0.0.1"), { code: "invalid-config" });
  });
});
