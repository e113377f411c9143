import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Hono } from "hono";
import { clientAddress, networkOf } from "./client-address.ts";

async function addressOf(peer: string | undefined, forwardedFor: string | null, trustProxy: boolean) {
  let address: string | null = "not asked";
  const app = new Hono().get("/", (context) => {
    address = clientAddress(context, trustProxy);
    return context.body(null);
  });
  const headers = forwardedFor === null ? {} : { "X-Forwarded-For": forwardedFor };
  await app.request("/", { headers }, { incoming: { socket: { remoteAddress: peer } } });
  return address;
}

describe("address of a visitor", () => {
  it("is the peer's, whatever the visitor says", async () => {
    assert.equal(await addressOf("192.0.2.1", null, false), "192.0.2.1");
    assert.equal(await addressOf("192.0.2.1", "198.51.100.7", false), "192.0.2.1");
    assert.equal(await addressOf("::ffff:192.0.2.1", null, false), "192.0.2.1");
    assert.equal(await addressOf("fe80::1%eth0", null, false), "fe80::1");
  });

  it("is what a trusted proxy wrote last", async () => {
    for (const [forwardedFor, expected] of [
      ["198.51.100.7", "198.51.100.7"],
      ["made up, 10.9.9.9, 198.51.100.7", "198.51.100.7"],
      ["198.51.100.7:4711", "198.51.100.7"],
      ["[2001:db8::1]:4711", "2001:db8::1"],
      ["2001:db8::1", "2001:db8::1"],
    ] as const) {
      assert.equal(await addressOf("127.0.0.1", forwardedFor, true), expected);
    }
  });

  it("is the peer's where the proxy wrote nothing of use", async () => {
    for (const forwardedFor of [null, "unknown", "198.51.100.7, ", "198.51.100.7, x"]) {
      assert.equal(await addressOf("192.0.2.1", forwardedFor, true), "192.0.2.1");
    }
  });

  it("is unknown without a connection", async () => {
    assert.equal(await addressOf(undefined, null, true), null);
  });
});

describe("network of an address", () => {
  it("is the address itself for IPv4, the /64 for IPv6 however it is written", () => {
    assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
    assert.equal(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert.equal(networkOf("2001:0DB8:1:2::9"), "2001:db8:1:2::/64");
    assert.equal(networkOf("2001:db8::1"), "2001:db8:0:0::/64");
    assert.equal(networkOf("::1"), "0:0:0:0::/64");
    assert.equal(networkOf("64:ff9b::192.0.2.1"), "64:ff9b:0:0::/64");
  });
});
