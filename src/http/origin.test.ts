import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, postForm, postJson, recordingLog, testApp } from "./app.testing.ts";

/** "by users": unless it is an operator's call, which only our own pages make. */
const cases: [Record<string, string>, "allowed" | "refused" | "by users"][] = [
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
  [{ Origin: "https://trusted.example" }, "by users"],
  [{ "Sec-Fetch-Site": "cross-site", Origin: "https://trusted.example" }, "by users"],
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
    const drain = verdict === "allowed" ? 202 : 403;
    assert.deepEqual(statuses, verdict === "refused" ? [403, 403, 403, 403] : [202, 303, 204, drain]);
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

test("where a proxy replaces the host on plain http, our pages' scripts work: nobody else can make these calls", async () => {
  const headers = { ...ann, Host: "127.0.0.1:4000" };
  const { app, carryout } = testApp();
  const post = (Origin: string) =>
    app.request("/downloads", postJson({ kind: "fake" }, { ...headers, Origin }));
  for (const origin of ["http://intranet", "http://intranet.test:5236", "http://files.internal"]) {
    assert.ok((await post(origin)).ok, origin);
    carryout.put({ id: "x", slot: "other" });
    const removal = { method: "DELETE", headers: { ...headers, Origin: origin } };
    assert.equal((await app.request("/downloads/x", removal)).status, 204, origin);
    carryout.put({ id: "x", slot: "other" });
    // Any page can send a form anywhere.
    const form = postForm({ _method: "delete" }, { ...headers, Origin: origin });
    assert.equal((await app.request("/downloads/x", form)).status, 403, origin);
  }
  for (const origin of [
    "http://evil.example",
    "https://intranet",
    "http://localhost:81",
    "http://127.0.0.1:81",
  ]) {
    assert.equal((await post(origin)).status, 403, origin);
  }
});

test("a refusal names the cause, to the caller and in the log", async () => {
  const log = recordingLog();
  const { app } = testApp({ log });
  const from = { ...ann, Host: "127.0.0.1:4000", Origin: "http://files.example.com" };
  const { detail } = await (await app.request("/downloads", postForm({ kind: "fake" }, from))).json();
  for (const text of ["http://files.example.com", "127.0.0.1:4000", "Host", "CARRYOUT_PUBLIC_ORIGINS"]) {
    assert.ok(detail.includes(text), detail);
  }
  assert.equal(log.lines[0]?.fields.detail, detail);
});

test("a configured public origin is our own, whatever the proxy does with the host", async () => {
  const { app } = testApp({ publicOrigins: ["https://files.example.com"] });
  const from = { ...ann, Host: "127.0.0.1:4000", Origin: "https://files.example.com" };
  assert.equal((await app.request("/downloads", postForm({ kind: "fake" }, from))).status, 303);
});
