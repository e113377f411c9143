import assert from "node:assert/strict";
import { it } from "node:test";
import { pathToFileURL } from "node:url";
import { CarryoutError } from "../errors.ts";
import { isOwn } from "./uncaught-errors.ts";

const OWN = pathToFileURL("/app/node_modules/carryout/dist/");

function thrownAt(...places: string[]): Error {
  const error = new TypeError("x is not a function");
  error.stack = [`TypeError: ${error.message}`, ...places.map((place) => `    at f (${place}:1:2)`)].join(
    "\n",
  );
  return error;
}

it("tells Carryout's own mistakes from those of the application and its libraries", () => {
  const own = `${OWN.href}tracker/worker.js`;
  const theirs = "file:///app/routes.js";
  const library = "/app/node_modules/pg/lib/client.js";
  assert.equal(isOwn(thrownAt(own, theirs), OWN), true);
  assert.equal(isOwn(thrownAt("node:internal/timers", own), OWN), true);
  assert.equal(isOwn(thrownAt("/app/node_modules/carryout/dist/server.js"), OWN), true);
  assert.equal(isOwn(thrownAt(theirs, own), OWN), false);
  assert.equal(isOwn(thrownAt(library, own), OWN), false);
  assert.equal(isOwn(thrownAt("node:internal/net"), OWN), false);
});

it("attributes intentionally thrown errors to the application", () => {
  const refused = Object.assign(new CarryoutError("unknown-kind", "there is no generator"), {
    stack: thrownAt(`${OWN.href}tracker/requests.js`).stack,
  });
  assert.equal(isOwn(refused, OWN), false);
});

it("does not attribute errors without a stack to Carryout", () => {
  for (const reason of [undefined, null, "refused", 5, {}, { stack: 5 }]) assert.equal(isOwn(reason), false);
});
