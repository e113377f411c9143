import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../clock/virtual.testing.ts";
import type { Json } from "../../download/json.ts";
import { Hints } from "./hints.ts";
import type { Watched } from "./sqlite-writes.ts";

/** Processes that are connected to one another, and what arrived at each. */
function setUp(...names: string[]) {
  const clock = new VirtualClock({ seed: 1 });
  const handlers = new Map<string, Map<string, (message: Json, from: string) => void>>();
  const looking = new Set<string>();
  const heard: string[] = [];
  const hints = new Map<string, Hints>();
  for (const name of names) {
    const own = new Map<string, (message: Json, from: string) => void>();
    handlers.set(name, own);
    const send = (to: string, channel: string, message: Json) => {
      handlers.get(to)?.get(channel)?.(message, name);
      return true;
    };
    const mesh = {
      send,
      broadcast: (channel: string, message: Json) => {
        for (const to of names) if (to !== name) send(to, channel, message);
      },
      subscribe: (channel: string, handler: (message: Json, from: string) => void) => {
        own.set(channel, handler);
        return () => own.delete(channel);
      },
    };
    const process = new Hints({ mesh, clock, isLooking: () => looking.has(name) });
    process.open((changed, from) => heard.push(`${name}: ${from} wrote ${changed.join(" and ") || "-"}`));
    hints.set(name, process);
  }
  const of = (name: string) => hints.get(name) ?? assert.fail(name);
  const look = (name: string) => {
    looking.add(name);
    of(name).looking();
  };
  const commit = (name: string, ...changed: Watched[]) => of(name).committed(new Set(changed));
  const take = () => heard.splice(0);
  return { clock, looking, look, commit, take, of, handlers };
}

describe("hints", () => {
  it("of slots go to all", () => {
    const { commit, take } = setUp("a", "b", "c");
    commit("a", "slots", "marks");
    assert.deepEqual(take(), ["b: a wrote slots and marks", "c: a wrote slots and marks"]);
  });

  it("of marks go to those who look; the others see now and then that it is at work", async () => {
    const { clock, look, commit, take } = setUp("a", "b", "c");
    look("b");
    commit("a", "marks");
    assert.deepEqual(take(), ["b: a wrote marks", "b: a wrote -", "c: a wrote -"]);
    commit("a", "marks");
    commit("a");
    assert.deepEqual(take(), ["b: a wrote marks"]);
    await clock.advance(500);
    commit("a", "marks");
    assert.deepEqual(take(), ["b: a wrote marks", "b: a wrote -", "c: a wrote -"]);
  });

  it("of marks go to those who look for as long as they do", async () => {
    const { clock, looking, look, commit, take } = setUp("a", "b");
    look("b");
    await clock.advance(60_000);
    commit("a", "slots");
    commit("a", "marks");
    assert.deepEqual(take(), ["b: a wrote slots", "b: a wrote marks"]);
    looking.delete("b");
    await clock.advance(5_000);
    commit("a", "slots");
    commit("a", "marks");
    assert.deepEqual(take(), ["b: a wrote slots"]);
    look("b");
    commit("a", "marks");
    assert.deepEqual(take(), ["b: a wrote marks"]);
  });

  it("of an older version mean both tables", () => {
    const { take, handlers } = setUp("b");
    handlers.get("b")?.get("hint")?.(null, "older");
    assert.deepEqual(take(), ["b: older wrote slots and marks"]);
  });

  it("end when it is closed", async () => {
    const { clock, look, commit, take, of } = setUp("a", "b");
    look("b");
    of("b").close();
    await clock.advance(5_000);
    commit("a", "slots");
    assert.deepEqual(take(), []);
  });
});
