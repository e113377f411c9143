import assert from "node:assert/strict";
import { it } from "node:test";
import { openApiPaths } from "../../src/http/openapi-paths.ts";
import { rowsOf, textOf } from "./page.ts";

const METHODS = ["get", "post", "put", "patch", "delete"];

it("the page of HTTP has each call of the OpenAPI document, and no other", () => {
  const calls = Object.entries(openApiPaths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const written = rowsOf(textOf("docs/reference/http.md"), "call").flatMap(({ names }) => names);
  assert.deepEqual(written.toSorted(), calls.toSorted());
});

it("the page of HTTP says which calls are for operators", () => {
  for (const { names, cells } of rowsOf(textOf("docs/reference/http.md"), "call")) {
    const [method = "", path = ""] = names[0]!.split(" ");
    const item: Readonly<Record<string, object>> = openApiPaths[path as keyof typeof openApiPaths];
    assert.equal(cells.who === "operator", "security" in item[method.toLowerCase()]!, names[0]);
  }
});
