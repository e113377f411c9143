import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { ann, postForm, postJson, testApp } from "../../src/http/app.testing.ts";
import { createListener, type NodeListener } from "../../src/http/listener.ts";

/** A server whose middleware reads each body and leaves the result of `parse` on the request. */
async function serving(
  context: TestContext,
  parse: (body: Buffer) => Record<string, unknown>,
  change: { next?: Parameters<NodeListener>[2]; onMisuse?: (error: unknown) => void } = {},
) {
  const { app, carryout } = testApp();
  const listener = createListener(app, { ...(change.onMisuse && { onMisuse: change.onMisuse }) });
  const server = createServer(async (request: IncomingMessage, response) => {
    Object.assign(request, parse(await buffer(request)));
    listener(request, response, change.next && ((error) => void response.end(String(change.next?.(error)))));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { carryout, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads` };
}

test("a body that was already read is taken from the middleware's result", async (context) => {
  const asked = { kind: "fake", slot: "s", params: { a: [1, "ü"] } };
  for (const [what, parse] of Object.entries({
    "as an object": (body: Buffer) => ({ body: JSON.parse(body.toString()) }),
    "as a text": (body: Buffer) => ({ body: body.toString() }),
    "as bytes": (body: Buffer) => ({ body }),
    "as bytes beside an object of another kind": (body: Buffer) => ({ rawBody: body, body: new Date() }),
  })) {
    const { url } = await serving(context, parse);
    const response = await fetch(url, postJson(asked));
    assert.equal(response.status, 202, what);
    assert.equal((await response.json()).slot, "s", what);
  }
  const fields = (body: Buffer) => ({ body: Object.fromEntries(new URLSearchParams(body.toString())) });
  const { url } = await serving(context, fields);
  const form = { kind: "fake", slot: "s", return_to: "/page?x=1" };
  const response = await fetch(url, { ...postForm(form), redirect: "manual" });
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/page?x=1"]);
});

test("a request without a body needs no parsed result", async (context) => {
  const { url, carryout } = await serving(context, () => ({ body: undefined }));
  carryout.putFile("ann", "a.csv", new Uint8Array(3), { id: "x" });
  assert.equal((await fetch(`${url}/x`, { method: "DELETE", headers: ann })).status, 204);
});

test("without a parsed result the log says what to do, and the visitor only sees a failure", async (context) => {
  const errors: unknown[] = [];
  const { url } = await serving(context, () => ({}), { onMisuse: (error) => errors.push(error) });
  const response = await fetch(url, postJson({ kind: "fake" }));
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /middleware/);
  assert.match(String(errors), /middleware has read this request's body.*mount the node before it/);

  const next = (error: unknown) => (error as { code?: string }).code;
  const express = await serving(context, () => ({}), { next });
  assert.equal(await (await fetch(express.url, postJson({ kind: "fake" }))).text(), "invalid-config");
});
