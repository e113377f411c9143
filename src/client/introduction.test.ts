import assert from "node:assert/strict";
import { test } from "node:test";
import { introduce } from "./introduction.ts";

/** A server's answers in order, as headers or as a status. */
function answers(...given: (string | number | null)[]) {
  const asked: (string | undefined)[] = [];
  const send = (async (_url: string, init: RequestInit) => {
    asked.push(init.method);
    const next = given.shift();
    if (next === undefined) throw new TypeError("network");
    if (typeof next === "number") return new Response(null, { status: next });
    return new Response(null, { headers: next === null ? {} : { "carryout-viewer": next } });
  }) as typeof fetch;
  return { send, asked };
}

test("a browser that has a cookie is asked once, a new one is asked whether it kept it", async () => {
  const old = answers("ann");
  assert.deepEqual(await introduce("/downloads", old.send), { type: "known", tag: "ann", isNew: false });
  const fresh = answers("ann; new", "ann");
  assert.deepEqual(await introduce("/downloads", fresh.send), { type: "known", tag: "ann", isNew: true });
  assert.deepEqual(fresh.asked, ["HEAD", "HEAD"]);
});

test("two tabs that start at once both use the user of the last cookie", async () => {
  const { send } = answers("ann; new", "bob");
  assert.deepEqual(await introduce("/downloads", send), { type: "known", tag: "bob", isNew: true });
});

test("without cookies an error is shown before anything is requested", async () => {
  const introduced = await introduce("/downloads", answers("ann; new", "bob; new").send);
  assert.equal(introduced.type === "refused" && introduced.problem.code, "no-cookies");
});

test("a signed-out user is notified; an unreachable or silent server blocks no request", async () => {
  const signedOut = await introduce("/downloads", answers(401).send);
  assert.equal(signedOut.type === "refused" && signedOut.problem.code, "signed-out");
  for (const silent of [answers(null), answers(503), answers()]) {
    assert.deepEqual(await introduce("/downloads", silent.send), { type: "unknown" });
  }
});
