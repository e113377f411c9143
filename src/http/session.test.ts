import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSessions } from "./session.ts";
import { manualClock } from "./test-app.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

function fresh() {
  const clock = manualClock();
  const sessions = createSessions("s3cret", clock);
  const user = sessions.newVisitor();
  const pair = sessions.cookieFor(user, false).split(";")[0] as string;
  return { clock, sessions, user, pair };
}

test("a cookie names its visitor, on every node with the same secret", () => {
  const { clock, user, pair } = fresh();
  assert.equal(createSessions("s3cret", clock).read(pair)?.user, user);
  assert.equal(createSessions("s3cret", clock).read(`a=1; ${pair}; carryout=forged`)?.user, user);
  assert.equal(createSessions("s3cret", clock).read(`carryout=forged; ${pair}`)?.user, user);
  assert.equal(createSessions("another", clock).read(pair), null);
});

test("the cookie is out of reach of scripts and other sites, and lasts a year", () => {
  const { sessions, user } = fresh();
  const plain = sessions.cookieFor(user, false);
  assert.match(
    plain,
    /^carryout=v1\.[\w-]{22}\.\w+\.[\w-]{43}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/,
  );
  assert.equal(sessions.cookieFor(user, true), `${plain}; Secure`);
});

test("a visitor ages and expires", () => {
  const { clock, sessions, user, pair } = fresh();
  assert.deepEqual(sessions.read(pair), { user, aged: false });
  clock.advance(0.6 * YEAR_MS);
  assert.deepEqual(sessions.read(pair), { user, aged: true });
  clock.advance(0.6 * YEAR_MS);
  assert.equal(sessions.read(pair), null);
});

test("any user id and secret: what was signed is read back", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (secret) => {
      const sessions = createSessions(secret, manualClock());
      const user = sessions.newVisitor();
      assert.deepEqual(sessions.read(sessions.cookieFor(user, true).split(";")[0] as string), {
        user,
        aged: false,
      });
    }),
  );
});

test("one character changed, added or cut makes it nobody's", () => {
  const { sessions, pair } = fresh();
  const begin = "carryout=".length;
  fc.assert(
    fc.property(
      fc.integer({ min: begin, max: pair.length - 1 }),
      fc.string({ maxLength: 3 }),
      (at, other) => {
        const changed = pair.slice(0, at) + other + pair.slice(at + 1);
        // A space at either end, or a ";" at the end, is not part of the value.
        fc.pre(changed.split(";").every((part) => part.trim() !== pair));
        assert.equal(sessions.read(changed), null);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("nonsense, truncated and oversized values are nobody's", () => {
  const { sessions, pair } = fresh();
  for (const value of [
    null,
    "",
    "carryout",
    "carryout=",
    pair.slice(0, -1),
    `${pair}x`,
    `carryout=${"a".repeat(1e5)}`,
  ]) {
    assert.equal(sessions.read(value), null);
  }
});

test("an empty secret is refused", () => {
  assert.throws(() => createSessions("", manualClock()), TypeError);
});
