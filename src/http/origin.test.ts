import assert from "node:assert/strict";
import { test } from "node:test";
import { postForm, postJson, testApp } from "./test-app.ts";

const cases: [Record<string, string>, "allowed" | "refused"][] = [
  [{}, "allowed"],
  [{ Origin: "http://localhost" }, "allowed"],
  [{ Origin: "https://evil.example" }, "refused"],
  [{ Origin: "http://localhost:81" }, "refused"],
  [{ Origin: "http://localhost.evil.example" }, "refused"],
  [{ Origin: "null" }, "refused"],
  [{ Origin: "nonsense" }, "refused"],
  [{ "Sec-Fetch-Site": "same-origin" }, "allowed"],
  [{ "Sec-Fetch-Site": "none" }, "allowed"],
  [{ "Sec-Fetch-Site": "same-site" }, "refused"],
  [{ "Sec-Fetch-Site": "cross-site" }, "refused"],
  [{ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, "refused"],
  // A proxy that rewrites the host; a page that sends no referrer.
  [{ "Sec-Fetch-Site": "same-origin", Origin: "https://public.example" }, "allowed"],
  [{ "Sec-Fetch-Site": "same-origin", Origin: "null" }, "allowed"],
  [{ Origin: "https://trusted.example" }, "allowed"],
  [{ "Sec-Fetch-Site": "cross-site", Origin: "https://trusted.example" }, "allowed"],
];

for (const [headers, verdict] of cases) {
  test(`${JSON.stringify(headers)}: ${verdict}`, async () => {
    const { app, carryout } = testApp({
      trustedOrigins: ["https://trusted.example/"],
      operatorToken: "t0ken",
    });
    carryout.put({ id: "x", slot: "other" });
    const from = { "X-User": "ann", ...headers };
    const operator = { ...from, Authorization: "Bearer t0ken" };
    const statuses = [
      (await app.request("/downloads", postJson({ kind: "fake" }, from))).status,
      (await app.request("/downloads/y", postForm({ _method: "delete" }, from))).status,
      (await app.request("/downloads/x", { method: "DELETE", headers: from })).status,
      (await app.request("/cluster/nodes/n1/drain", { method: "POST", headers: operator })).status,
    ];
    assert.deepEqual(statuses, verdict === "allowed" ? [202, 303, 204, 202] : [403, 403, 403, 403]);
    assert.equal(
      (await app.request("/downloads", { headers: from })).status,
      200,
      "reading is never refused",
    );
  });
}

test("a refusal is a problem", async () => {
  const { app } = testApp();
  const response = await app.request(
    "/downloads",
    postJson({ kind: "fake" }, { Origin: "https://evil.example" }),
  );
  assert.equal((await response.json()).code, "cross-origin");
});

test("a trusted proxy's word on the host counts", async () => {
  const headers = { "X-User": "ann", Origin: "https://public.example", "X-Forwarded-Host": "public.example" };
  const ask = (trustProxy: boolean) =>
    testApp({ trustProxy }).app.request("/downloads", postJson({ kind: "fake" }, headers));
  assert.equal((await ask(true)).status, 202);
  assert.equal((await ask(false)).status, 403);
});
