import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Line, type Waiting } from "./line.ts";

const anyItem = fc.record({ id: fc.constantFrom(..."abcdefgh"), ticket: fc.nat(5) });

describe("line", () => {
  it("is what a sorted set of all that came and did not leave would be", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), anyItem), { maxLength: 60 }), (moves) => {
        const line = new Line();
        const model = new Map<string, Waiting>();
        const ticket = new Map<string, number>(); // of one id it never changes
        for (const [comes, item] of moves) {
          const at = ticket.get(item.id) ?? item.ticket;
          ticket.set(item.id, at);
          const same = { ...item, ticket: at };
          if (comes) {
            line.add(same);
            model.set(item.id, same);
          } else {
            line.remove(same);
            model.delete(item.id);
          }
          const expected = [...model.values()].sort((a, b) => a.ticket - b.ticket || (a.id < b.id ? -1 : 1));
          assert.deepEqual([...line], expected);
          assert.equal(line.length, expected.length);
          for (const [index, waiting] of expected.entries()) assert.equal(line.position(waiting), index + 1);
          if (!comes) assert.equal(line.position(same), null);
        }
      }),
    );
  });
});
