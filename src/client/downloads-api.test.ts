import assert from "node:assert/strict";
import { test } from "node:test";
import { downloadsApi, getDownload } from "./downloads-api.ts";
import { FakeTiming } from "./fake-timing.testing.ts";
import { ready, sample } from "./sample.testing.ts";

const request = { kind: "fake", slot: "default" };

/** Answers in turn; an error is a lost connection. The last one is repeated. */
function open(...answers: (Response | Error)[]) {
  const calls: { url: string; method: string | undefined }[] = [];
  const keys: (string | null)[] = [];
  const send = async (url: unknown, init?: RequestInit) => {
    calls.push({ url: String(url), method: init?.method });
    keys.push(new Headers(init?.headers).get("idempotency-key"));
    const answer = answers[Math.min(calls.length, answers.length) - 1]!;
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  const timing = new FakeTiming();
  return { calls, keys, timing, api: downloadsApi("/downloads", { fetch: send as typeof fetch, timing }) };
}

const accepted = Response.json(sample(), { status: 202 });
const unavailable = new Response(null, { status: 503, headers: { "retry-after": "1" } });

test("keeps retrying while the connection is lost or the server is busy", async () => {
  const { api, calls, timing } = open(new TypeError("network"), unavailable, accepted);
  const outcome = api.start(request);
  await timing.pass(30_000);
  assert.deepEqual(await outcome, { type: "accepted", download: sample() });
  assert.equal(calls.length, 3);
});

test("repeats of one start bear one key, another start another", async () => {
  const { api, keys, timing } = open(new TypeError("network"), unavailable, accepted);
  const first = api.start(request);
  await timing.pass(30_000);
  await first;
  await api.start(request);
  assert.equal(keys.length, 4);
  assert.match(keys[0] ?? "", /^"[\w-]{10,}"$/);
  assert.deepEqual([keys[1], keys[2]], [keys[0], keys[0]]);
  assert.notEqual(keys[3], keys[0]);
});

test("finally gives up with a retriable error", async () => {
  const { api, timing } = open(new TypeError("network"));
  const outcome = api.start(request);
  await timing.pass(120_000);
  const given = await outcome;
  assert.ok(given.type === "refused" && given.problem.code === "unreachable" && given.problem.retriable);
});

test("a conflict gives the running download", async () => {
  const type = "urn:carryout:problem:download-in-progress";
  const conflict = { type, detail: "Another one is running.", download: sample({ id: "b" }) };
  const { api } = open(Response.json(conflict, { status: 409 }));
  const problem = { code: "download-in-progress", message: "Another one is running.", type, status: 409 };
  assert.deepEqual(await api.start(request), {
    type: "busy",
    download: sample({ id: "b" }),
    problem: { ...problem, retriable: false },
  });
});

test("a problem's code comes from its type, its text from its detail", async () => {
  const problem = {
    type: "urn:carryout:problem:unknown-kind",
    title: "No such kind",
    detail: "There is no x.",
  };
  const { api } = open(Response.json(problem, { status: 404 }));
  assert.deepEqual(await api.start(request), {
    type: "refused",
    problem: {
      code: "unknown-kind",
      message: "There is no x.",
      type: "urn:carryout:problem:unknown-kind",
      status: 404,
      retriable: false,
    },
  });
});

test("an answer that is not JSON is a problem too", async () => {
  const { api } = open(new Response("<h1>Bad gateway", { status: 500 }));
  const outcome = await api.start(request);
  assert.ok(outcome.type === "refused" && outcome.problem.code === "http-500");
});

test("removing a download that is already gone succeeds", async () => {
  const { api, calls } = open(new Response(null, { status: 404 }));
  assert.equal(await api.remove("a/b"), null);
  assert.deepEqual(calls, [{ url: "/downloads/a%2Fb", method: "DELETE" }]);
});

test("a sign-in page instead of the answer is reported and not retried", async () => {
  const page = new Response("<h1>Sign in", { headers: { "content-type": "text/html" } });
  const redirect = new Response(null, { status: 302, headers: { location: "https://login.example/" } });
  for (const answer of [page, redirect, new Response(null, { status: 401 })]) {
    const { api, calls } = open(answer);
    const outcome = await api.start(request);
    assert.equal(outcome.type === "refused" && outcome.problem.code, "signed-out");
    assert.equal((await api.remove("a"))?.code, "signed-out");
    assert.equal(calls.length, 2);
  }
});

test("a retry is a call to the failed download, with its refusal in words", async () => {
  const { api, calls } = open(Response.json(sample({ id: "b" }), { status: 202 }));
  const outcome = await api.retry("a b");
  assert.equal(outcome.type === "accepted" && outcome.download.id, "b");
  assert.deepEqual(calls, [{ url: "/downloads/a%20b/retry", method: "POST" }]);
});

test("a page of the list comes with where the next one begins", async () => {
  const link = '</x/downloads?limit=2&after=f1767323045678-b>; rel="next"';
  const page = Response.json({ downloads: [sample(), ready({ id: "b" })] }, { headers: { link } });
  const { api, calls } = open(page, Response.json({ downloads: [] }), new Response("<h1>", { status: 500 }));
  const first = await api.list({ limit: 2 });
  assert.deepEqual("value" in first && first.value, {
    downloads: [sample(), ready({ id: "b" })],
    next: "f1767323045678-b",
  });
  const last = await api.list({ limit: 2, after: "f1767323045678-b" });
  assert.equal("value" in last && last.value.next, null);
  const failed = await api.list();
  assert.equal("problem" in failed && failed.problem.code, "http-500");
  assert.deepEqual(
    calls.map(({ url }) => url),
    ["/downloads?limit=2", "/downloads?limit=2&after=f1767323045678-b", "/downloads"],
  );
});

test("a download is found, or unknown, or the server says why it can't tell", async () => {
  const { api } = open(
    Response.json(sample()),
    new Response(null, { status: 404 }),
    new Response(null, { status: 400 }),
  );
  const found = await getDownload(api, "/downloads", "a");
  assert.deepEqual("value" in found && found.value, sample());
  const unknown = await getDownload(api, "/downloads", "b");
  assert.equal("value" in unknown && unknown.value, null);
  const failed = await getDownload(api, "/downloads", "c");
  assert.equal("problem" in failed && failed.problem.status, 400);
});

test("files of an API on another origin get whole URLs", async () => {
  const send = (async () => Response.json({ downloads: [ready()] })) as typeof fetch;
  const listed = await downloadsApi("https://files.example/x/downloads", { fetch: send }).list();
  assert.equal(
    "value" in listed && listed.value.downloads[0]?.file?.url,
    "https://files.example/downloads/a/cities.pdf",
  );
});
