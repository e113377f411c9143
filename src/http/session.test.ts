import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { manualClock } from "./app.testing.ts";
import { createSessions, type Reading } from "./session.ts";

const DAY_MS = 24 * 3_600_000;

interface Change {
  secrets?: string[];
  sameSite?: "lax" | "none";
  trustProxy?: boolean;
  publicOrigins?: string[];
  basePath?: string;
}

function sessionsWith(
  { secrets = ["s3cret"], sameSite = "lax", ...front }: Change = {},
  clock = manualClock(),
) {
  const { trustProxy = false, publicOrigins = [], basePath = "" } = front;
  return createSessions({
    secrets,
    clock,
    front: { trustProxy, publicOrigins, basePath },
    visitMs: 30 * DAY_MS,
    sameSite,
  });
}

function asked(cookie: string | null, url = "http://localhost/", headers: Record<string, string> = {}) {
  return new Request(url, { headers: { ...(cookie !== null && { cookie }), ...headers } });
}

const http = asked(null);
const https = asked(null, "https://shop.example/");
const pairOf = (setCookie: string) => setCookie.split(";")[0] as string;

function fresh() {
  const clock = manualClock();
  const sessions = sessionsWith({}, clock);
  const user = sessions.newVisitor();
  return { clock, sessions, user, pair: pairOf(sessions.cookieFor(user, http)) };
}

const userIn = (reading: Reading) => (typeof reading === "object" ? reading.user : reading);

test("a cookie names its visitor, on every node with the same secret", () => {
  const { clock, user, pair } = fresh();
  const other = sessionsWith({}, clock);
  for (const header of [
    pair,
    `a=1; ${pair}; carryout=forged`,
    `carryout=forged; ${pair}`,
    `${pair}; ${pair}`,
  ]) {
    assert.equal(userIn(other.read(asked(header))), user, header);
  }
  assert.equal(sessionsWith({ secrets: ["another"] }, clock).read(asked(pair)), "forged");
});

test("a secret is replaced without signing anybody out: the first signs, all are accepted", () => {
  const { clock, user, pair } = fresh();
  const rotated = sessionsWith({ secrets: ["new", "s3cret"] }, clock);
  assert.equal(userIn(rotated.read(asked(pair))), user);
  const renewed = pairOf(rotated.cookieFor(user, http));
  assert.equal(userIn(sessionsWith({ secrets: ["new"] }, clock).read(asked(renewed))), user);
  assert.equal(sessionsWith({}, clock).read(asked(renewed)), "forged");
});

test("the cookie is out of reach of scripts and other sites", () => {
  const { sessions, user } = fresh();
  assert.match(
    sessions.cookieFor(user, http),
    /^carryout=v1\.[\w-]{22}\.\w+\.[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
  );
});

test("behind https it has a name that no other host of the domain can set, and no other name counts", () => {
  const { clock, user, pair } = fresh();
  const sessions = sessionsWith({ trustProxy: true }, clock);
  const forwarded = (cookie: string) => asked(cookie, "http://127.0.0.1/", { "x-forwarded-proto": "https" });
  for (const request of [https, forwarded("")]) {
    assert.match(sessions.cookieFor(user, request), /^__Host-carryout=.*; Path=\/; .*; Secure$/);
  }
  const own = pairOf(sessions.cookieFor(sessions.newVisitor(), https));
  assert.notEqual(userIn(sessions.read(forwarded(`${pair}; ${own}`))), user);
  assert.equal(sessions.read(forwarded(pair)), "none");
  const behind = sessionsWith({ publicOrigins: ["https://shop.example"] }, clock);
  assert.match(behind.cookieFor(user, http), /^__Host-/, "a proxy that says nothing of https");
});

test("without https two visitors in one request are nobody: one of them was set by another host", () => {
  const { sessions, pair } = fresh();
  const attacker = pairOf(sessions.cookieFor(sessions.newVisitor(), http));
  assert.equal(sessions.read(asked(`${attacker}; ${pair}`)), "ambiguous");
});

test("in frames of other sites: Secure, and another cookie in each site", () => {
  const sessions = sessionsWith({ sameSite: "none" });
  assert.match(sessions.cookieFor("u", http), /^carryout=.*; SameSite=None; Secure; Partitioned$/);
  assert.match(sessions.cookieFor("u", https), /^__Host-carryout=.*; SameSite=None; Secure; Partitioned$/);
});

test("a visitor ages and expires", () => {
  const { clock, sessions, user, pair } = fresh();
  assert.deepEqual(sessions.read(asked(pair)), { user, aged: false });
  clock.advance(16 * DAY_MS);
  assert.deepEqual(sessions.read(asked(pair)), { user, aged: true });
  clock.advance(16 * DAY_MS);
  assert.equal(sessions.read(asked(pair)), "expired");
});

test("the browser is made to forget its visitor", () => {
  const { sessions } = fresh();
  const cookie = sessions.noCookie(https);
  assert.match(cookie, /^__Host-carryout=; Path=\/; Max-Age=0; /);
  assert.equal(sessions.read(asked(pairOf(cookie), "https://shop.example/")), "none");
});

test("any secret: what was signed is read back", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (secret) => {
      const sessions = sessionsWith({ secrets: [secret] });
      const user = sessions.newVisitor();
      assert.deepEqual(sessions.read(asked(pairOf(sessions.cookieFor(user, http)))), { user, aged: false });
    }),
  );
});

test("one character changed, added or cut makes it nobody's", () => {
  const { sessions, pair } = fresh();
  const begin = "carryout=".length;
  fc.assert(
    fc.property(
      fc.integer({ min: begin, max: pair.length - 1 }),
      fc.string({ maxLength: 3, unit: "grapheme-ascii" }),
      (at, other) => {
        const changed = pair.slice(0, at) + other + pair.slice(at + 1);
        // Leading and trailing spaces, and a trailing ";", are not part of the value.
        fc.pre(changed.split(";").every((part) => part.trim() !== pair));
        assert.match(String(sessions.read(asked(changed))), /^(forged|none)$/);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("nonsense, truncated and oversized values are nobody's", () => {
  const { sessions, pair } = fresh();
  for (const value of [null, "", "carryout", "carryout="]) assert.equal(sessions.read(asked(value)), "none");
  for (const value of [pair.slice(0, -1), `${pair}x`, `carryout=${"a".repeat(1e5)}`]) {
    assert.equal(sessions.read(asked(value)), "forged");
  }
});

test("an empty secret is refused, and so is none", () => {
  for (const secrets of [[""], ["s3cret", ""], []]) {
    assert.throws(() => sessionsWith({ secrets }), TypeError);
  }
});

test("below a base path the cookie is sent to that path alone, under a name that a path may have", () => {
  const clock = manualClock();
  const sessions = sessionsWith({ basePath: "/exports" }, clock);
  const plain = sessions.cookieFor("u".repeat(22), http);
  assert.match(plain, /^carryout=.*; Path=\/exports; /);
  const secure = sessions.cookieFor("u".repeat(22), https);
  assert.match(secure, /^__Secure-carryout=.*; Path=\/exports; .*; Secure$/);
  assert.equal(userIn(sessions.read(asked(pairOf(secure), https.url))), "u".repeat(22));
  assert.equal(sessions.read(asked(pairOf(secure).replace("__Secure-", "__Host-"), https.url)), "none");
});
