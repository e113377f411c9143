import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { slotKey } from "../download/key.ts";
import { type Share, Shares } from "./shares.ts";

const LIMITS = { maxUnfinished: 100, maxUnfinishedPerUser: 3, maxUnfinishedPerAddress: 10 };

function share(user: string, slot: string, network: string | null = null): Share {
  return { key: slotKey(user, slot), network };
}

function limitOf(shares: Shares, asked: Share, limits = LIMITS): unknown {
  return shares.refusal(asked, limits)?.details.limit ?? null;
}

describe("shares of the unfinished downloads", () => {
  it("are limited per user, per network of visitors, and in total", () => {
    const shares = new Shares();
    for (const slot of ["a", "b", "c"]) {
      assert.equal(limitOf(shares, share("ann", slot)), null);
      shares.add(share("ann", slot));
    }
    assert.equal(limitOf(shares, share("ann", "d")), "maxUnfinishedPerUser");
    assert.equal(limitOf(shares, share("ann", "a")), null, "what is there may be asked for again");
    for (let visitor = 0; visitor < 10; visitor++) shares.add(share(`v${visitor}`, "a", "home"));
    assert.equal(limitOf(shares, share("another", "a", "home")), "maxUnfinishedPerAddress");
    assert.equal(limitOf(shares, share("another", "a", "elsewhere")), null);
    assert.equal(limitOf(shares, share("another", "a")), null);
    assert.equal(limitOf(shares, share("another", "a"), { ...LIMITS, maxUnfinished: 13 }), "maxUnfinished");
    shares.remove(share("ann", "b"));
    assert.equal(limitOf(shares, share("ann", "d")), null);
  });

  it("make a user's next request wait as many turns as the user has unfinished downloads", () => {
    const shares = new Shares();
    assert.equal(shares.turns(share("ann", "a")), 0);
    shares.add(share("ann", "a"));
    shares.add(share("ann", "b"));
    assert.equal(shares.turns(share("ann", "c")), 2);
    assert.equal(shares.turns(share("bob", "a")), 0);
  });

  it("count eight visitors of one network as one: dropping a cookie gains little", () => {
    const shares = new Shares();
    const turns = Array.from({ length: 20 }, (_, visitor) => {
      const asked = share(`v${visitor}`, "a", "home");
      const wait = shares.turns(asked);
      shares.add(asked);
      return wait;
    });
    assert.deepEqual(turns, [...Array(8).fill(0), ...Array(8).fill(1), ...Array(4).fill(2)]);
    assert.equal(shares.turns(share("else", "a", "elsewhere")), 0);
  });

  it("count a slot once, from the first add to the last remove", () => {
    const moves = fc.array(
      fc.record({
        adds: fc.boolean(),
        user: fc.constantFrom("ann", "bob"),
        slot: fc.constantFrom("a", "b", "c"),
        network: fc.constantFrom(null, "home", "work"),
      }),
    );
    fc.assert(
      fc.property(moves, (all) => {
        const shares = new Shares();
        const times = new Map<string, number>();
        for (const { adds, user, slot, network } of all) {
          const moved = share(user, slot, network);
          const before = times.get(moved.key) ?? 0;
          times.set(moved.key, adds ? before + 1 : Math.max(0, before - 1));
          if (adds) shares.add(moved);
          else shares.remove(moved);
          for (const owner of ["ann", "bob"]) {
            const slots = ["a", "b", "c"].filter((name) => (times.get(slotKey(owner, name)) ?? 0) > 0);
            assert.equal(shares.turns(share(owner, "new")), slots.length);
          }
        }
        for (const [key, left] of times) {
          for (let i = 0; i < left; i++) shares.remove({ key, network: null });
        }
        for (const network of [null, "home", "work"]) {
          const nothing = { maxUnfinished: 1, maxUnfinishedPerUser: 1, maxUnfinishedPerAddress: 1 };
          assert.equal(limitOf(shares, share("ann", "new", network), nothing), null);
        }
      }),
    );
  });
});
