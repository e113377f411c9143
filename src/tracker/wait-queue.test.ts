import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Waiting, WaitQueue } from "./wait-queue.ts";

const anyItem = fc.record({ id: fc.constantFrom(..."abcdefgh"), ticket: fc.nat(5), turns: fc.nat(2) });

describe("wait queue", () => {
  it("behaves like a sorted set of all items that joined and have not left", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), anyItem), { maxLength: 60 }), (moves) => {
        const line = new WaitQueue();
        const model = new Map<string, Waiting>();
        const places = new Map<string, Pick<Waiting, "ticket" | "turns">>(); // the place of an id never changes
        for (const [comes, item] of moves) {
          const same = { ...item, ...places.get(item.id) };
          places.set(item.id, { ticket: same.ticket, turns: same.turns });
          if (comes) {
            line.add(same);
            model.set(item.id, same);
          } else {
            line.remove(same);
            model.delete(item.id);
          }
          const expected = [...model.values()].sort(
            (a, b) => a.turns - b.turns || a.ticket - b.ticket || (a.id < b.id ? -1 : 1),
          );
          assert.deepEqual([...line], expected);
          assert.equal(line.length, expected.length);
          for (const [index, waiting] of expected.entries()) assert.equal(line.position(waiting), index + 1);
          if (!comes) assert.equal(line.position(same), null);
        }
      }),
    );
  });

  it("lets users take turns: no user's next request comes before another's earlier one", () => {
    const asking = fc.array(fc.constantFrom("ann", "bob", "cyd"), { maxLength: 100 });
    fc.assert(
      fc.property(asking, (users) => {
        const line = new WaitQueue<Waiting & { user: string }>();
        const asked = new Map<string, number>();
        for (const [ticket, user] of users.entries()) {
          const turns = asked.get(user) ?? 0;
          asked.set(user, turns + 1);
          line.add({ id: `${ticket}`, ticket, turns, user });
        }
        const seen = new Map<string, number>();
        for (const { user } of line) {
          const count = (seen.get(user) ?? 0) + 1;
          seen.set(user, count);
          // A user with more waiting has been served as often, give or take the current turn.
          for (const [other, all] of asked) {
            assert.ok(Math.min(all, count - 1) <= (seen.get(other) ?? 0), `${user} before ${other}`);
          }
        }
      }),
    );
  });

  it("keeps no request waiting forever: one with many before it comes before much later ones", () => {
    const line = new WaitQueue();
    const late = { id: "late", ticket: 1, turns: 19 };
    line.add(late);
    for (let ticket = 2; ticket <= 30_000; ticket++) line.add({ id: `${ticket}`, ticket, turns: 0 });
    assert.equal(line.position(late), 19_001);
  });
});
