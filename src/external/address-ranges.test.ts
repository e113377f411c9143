import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { isPublicAddress } from "./address-ranges.ts";

/** What ipaddr.js, which has tables of its own, calls each address. */
const rangeOf = (address: string) => ipaddr.parse(address).range();

describe("public addresses", () => {
  it("of IPv4 are those that ipaddr.js calls unicast", () => {
    const edges = (address: number[]) => fc.constantFrom(...address);
    const octet = fc.oneof(
      fc.nat(255),
      edges([0, 1, 31, 63, 64, 100, 127, 128, 168, 169, 172, 192, 198, 254, 255]),
    );
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), (octets) => {
        const address = octets.join(".");
        assert.equal(
          isPublicAddress(address),
          rangeOf(address) === "unicast",
          `${address}: ${rangeOf(address)}`,
        );
      }),
      { numRuns: 20_000 },
    );
  });

  it("of IPv6 are of those that ipaddr.js calls unicast", () => {
    const first = fc.oneof(
      fc.nat(0xffff),
      fc.constantFrom(0, 0x64, 0x100, 0x2000, 0x2001, 0x2002, 0x2606, 0x2620, 0x3fff, 0xfc00, 0xfe80, 0xff02),
    );
    const second = fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 2, 3, 4, 0x10, 0x20, 0xdb8, 0x4f, 0xff9b));
    fc.assert(
      fc.property(fc.tuple(first, second, fc.nat(0xffff), fc.nat(0xffff)), ([a, b, c, d]) => {
        const address = `${[a, b, c].map((part) => part.toString(16)).join(":")}::${d.toString(16)}`;
        const isProtocolAssignment = a === 0x2001 && b < 0x200;
        const isGlobal = a >= 0x2000 && a < 0x4000;
        const expected = isGlobal && !isProtocolAssignment && rangeOf(address) === "unicast";
        assert.equal(isPublicAddress(address), expected, `${address}: ${rangeOf(address)}`);
      }),
      { numRuns: 20_000 },
    );
  });

  it("do not include these, however written", () => {
    const inside = [
      "127.0.0.1",
      "169.254.169.254",
      "100.100.100.200",
      "0.0.0.0",
      "::",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:8.8.8.8",
      "::7f00:1",
      "64:ff9b::7f00:1",
      "64:ff9b:1::1",
      "2002:7f00:1::1",
      "2001:0:7f00:1::1",
      "fd00::1",
      "fe80::1",
      "fec0::1",
      "ff02::1",
      "fe80::1%eth0",
      "5f00::1",
      "localhost",
      "127.1",
      "",
    ];
    for (const address of inside) assert.equal(isPublicAddress(address), false, address);
    for (const address of ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e"]) {
      assert.equal(isPublicAddress(address), true, address);
    }
  });
});
