import assert from "node:assert/strict";
import { test } from "node:test";
import { readHostPort, shownHost } from "./host-port.ts";

test("a host is a name or an address, with or without a port", () => {
  assert.deepEqual(readHostPort("db-1.example"), { host: "db-1.example", port: null });
  assert.deepEqual(readHostPort("10.0.0.7:65535"), { host: "10.0.0.7", port: 65_535 });
  assert.deepEqual(readHostPort("[2001:DB8::7]"), { host: "2001:DB8::7", port: null });
  assert.deepEqual(readHostPort("[::1]:1"), { host: "::1", port: 1 });
  for (const text of ["", ":1", "a:", "a:0", "a:65536", "::1", "[::1", "a b", "a/b", "[a]x", "a:1:2"])
    assert.equal(readHostPort(text), null, text);
});

test("what is shown reads as the same host", () => {
  for (const place of [
    { host: "::1", port: 4222 },
    { host: "db", port: 1 },
  ])
    assert.deepEqual(readHostPort(shownHost(place)), place);
});
