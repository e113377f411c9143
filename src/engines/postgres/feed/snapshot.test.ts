import assert from "node:assert/strict";
import { test } from "node:test";
import { Snapshot } from "./snapshot.ts";

test("a snapshot sees what was over, not what was running or came later", () => {
  const snapshot = new Snapshot("748:754:748,751");
  const seen = ["1", "747", "748", "749", "750", "751", "752", "753", "754", "99999999999999999999"];
  assert.deepEqual(
    seen.filter((xid) => snapshot.sees(xid)),
    ["1", "747", "749", "750", "752", "753"],
  );
  assert.equal(new Snapshot("748:748:").sees("747"), true);
  assert.equal(new Snapshot("748:748:").sees("748"), false);
});

test("a server that forgot its last transactions is behind", () => {
  assert.equal(new Snapshot("740:740:").isBehind(new Snapshot("740:741:740")), true);
  assert.equal(new Snapshot("740:741:740").isBehind(new Snapshot("740:741:")), false);
});

test("anything else is refused", () => {
  for (const text of ["", "1:2", "a:b:c", "1:2:3 "])
    assert.throws(() => new Snapshot(text), /is not a snapshot/);
});
