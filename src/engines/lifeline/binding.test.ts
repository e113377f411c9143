import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { announcedAddresses, isLoopback, listenHost } from "./binding.ts";

function address(text: string, internal = false): NetworkInterfaceInfo {
  const family = text.includes(":") ? "IPv6" : "IPv4";
  const rest = { netmask: "", mac: "", internal, cidr: null };
  return (
    family === "IPv6" ? { address: text, family, scopeid: 0, ...rest } : { address: text, family, ...rest }
  ) as NetworkInterfaceInfo;
}

const interfaces = {
  lo: [address("127.0.0.1", true), address("::1", true)],
  eth0: [address("fe80::1"), address("2001:db8::7"), address("10.0.0.7"), address("169.254.3.4")],
  eth1: [address("192.168.1.7"), address("10.0.0.7")],
  gone: undefined,
};

test("servers on loopback mean that everything is on one machine", () => {
  const host = listenHost(["127.0.0.1", "localhost", "[::1]", "127.8.9.1"]);
  assert.equal(host, "127.0.0.1");
  assert.deepEqual(announcedAddresses(host, interfaces), ["127.0.0.1"]);
});

test("a server elsewhere opens the port on all interfaces and announces a reachable address", () => {
  const host = listenHost(["127.0.0.1", "nats.example"]);
  assert.equal(host, "::");
  assert.deepEqual(announcedAddresses(host, interfaces), ["10.0.0.7", "192.168.1.7", "2001:db8::7"]);
});

test("a chosen host is announced as given, unless it means all interfaces", () => {
  assert.deepEqual(announcedAddresses("10.9.9.9", interfaces), ["10.9.9.9"]);
  assert.deepEqual(announcedAddresses("0.0.0.0", interfaces), ["10.0.0.7", "192.168.1.7", "2001:db8::7"]);
});

test("names and addresses of loopback are recognised", () => {
  for (const host of ["LOCALHOST", "a.localhost", "::1", "127.1.1.1"]) assert.ok(isLoopback(host), host);
  for (const host of ["127.example", "10.0.0.1", "::2", "localhost.example", ""]) {
    assert.ok(!isLoopback(host), host);
  }
});
