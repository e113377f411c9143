import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { downloadSchema, fileSchema, progressSchema } from "../wire/download.ts";
import { testApp } from "./app.testing.ts";
import { routesOf } from "./routes.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape is walked
type Any = any;

async function served() {
  const dir = mkdtempSync(join(tmpdir(), "carryout-openapi-"));
  try {
    const { app } = testApp({ assets: { dir }, pages: { cluster: () => "" }, version: "1.2.3" });
    const response = await app.request("/openapi.json");
    assert.equal(response.status, 200);
    return { app, document: (await response.json()) as Any };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("every route is in the document, and nothing else is", async () => {
  const { app, document } = await served();
  const methods = new Set(["get", "post", "delete", "put", "patch", "head"]);
  const documented = Object.entries(document.paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => methods.has(key))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  const real = routesOf(app).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  assert.deepEqual(documented.sort(), real.sort());
});

test("every reference leads somewhere, every operation has an id of its own and answers", async () => {
  const { document } = await served();
  const ids: string[] = [];
  const walk = (value: Any): void => {
    if (typeof value !== "object" || value === null) return;
    if (typeof value.$ref === "string") {
      const target = value.$ref
        .slice(2)
        .split("/")
        .reduce((at: Any, name: string) => at?.[name], document);
      assert.ok(target, value.$ref);
    }
    if (value.operationId) {
      ids.push(value.operationId);
      assert.ok(Object.keys(value.responses).length > 0);
    }
    for (const member of Object.values(value)) walk(member);
  };
  walk(document);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(document.info.version, "1.2.3");
});

test("path parameters are declared", async () => {
  const { document } = await served();
  for (const [path, item] of Object.entries<Any>(document.paths)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const operation of [item.get, item.post, item.delete].filter(Boolean)) {
      const declared = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
        .filter((parameter: Any) => parameter.in === "path")
        .map((parameter: Any) => parameter.name);
      assert.deepEqual(declared, wanted, path);
    }
  }
});

test("a download is answered as the wire format describes it, with nothing beyond", async () => {
  const { carryout, app } = testApp();
  carryout.putFile("ann", "a.csv", new Uint8Array(1), { id: "x" });
  const download = await (await app.request("/downloads/x", { headers: { "X-User": "ann" } })).json();
  const strict = z.strictObject(downloadSchema.shape).extend({
    progress: z.strictObject(progressSchema.shape),
    file: z.strictObject(fileSchema.shape).nullable(),
  });
  assert.deepEqual(strict.parse(download), download);
});

test("the documented schemas are those of the wire format", async () => {
  const { document } = await served();
  const { Download, Problem } = document.components.schemas;
  assert.deepEqual(Object.keys(Download.properties), Object.keys(downloadSchema.shape));
  assert.deepEqual([...Download.required].sort(), Object.keys(downloadSchema.shape).sort());
  assert.deepEqual(Problem.required, ["type", "title", "status", "code", "detail"]);
});
