import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CarryoutError } from "../errors.ts";
import { ann, callerAt, postForm, postJson, recordingLog, testApp, visitorApp } from "./app.testing.ts";
import { readEvents } from "./read-events.testing.ts";

const limited = (limits: Parameters<typeof testApp>[0] = {}) => testApp({ operators: () => true, ...limits });

async function refusalsOf({ app }: ReturnType<typeof limited>): Promise<Record<string, number>> {
  const text = await (await app.request("/metrics")).text();
  const lines = text.matchAll(/^carryout_refused_total\{limit="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, limit, count]) => [limit, Number(count)]));
}

async function assertRefused(response: Response, status: number, limit: string): Promise<void> {
  assert.equal(response.status, status);
  assert.equal((await response.json()).limit, limit);
  if (status === 429) assert.match(response.headers.get("retry-after") ?? "", /^\d+$/);
}

/** Resolves when background work has had its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("forms and bodies", () => {
  it("have a hundred fields at most, of either type", async () => {
    const parts = limited();
    const names = Array.from({ length: 100 }, (_, index) => `params.f${index}`);
    const fields = Object.fromEntries(names.map((name) => [name, "x"]));
    const multipart = new FormData();
    for (const name of ["kind", ...names]) multipart.set(name, "fake");
    for (const request of [
      postForm({ kind: "fake", ...fields }),
      { method: "POST", headers: ann, body: multipart },
    ]) {
      await assertRefused(await parts.app.request("/downloads", request), 413, "maxFormFields");
    }
    assert.deepEqual(parts.carryout.requests, []);
    multipart.delete("params.f0");
    const response = await parts.app.request("/downloads", { method: "POST", headers: ann, body: multipart });
    assert.equal(response.status, 303);
    assert.deepEqual(await refusalsOf(parts), { maxFormFields: 2 });
  });

  it("must come in within half a minute, however they drip", async () => {
    const parts = limited();
    let drip!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        drip = controller;
      },
    });
    const headers = { ...ann, "Content-Type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const answer = parts.app.request("/downloads", init);
    for (let second = 0; second < 30; second++) {
      await settled();
      drip.enqueue(Buffer.from(" "));
      parts.clock.advance(1_000);
    }
    await assertRefused(await answer, 408, "requestTimeoutMs");
  });
});

describe("event streams", () => {
  const open = (parts: ReturnType<typeof limited>, user: string, address = "192.0.2.1") =>
    parts.app.request("/downloads/events", { headers: { "X-User": user } }, callerAt(address));

  it("are limited for each user, for each address, and in all", async () => {
    for (const [setting, user, address] of [
      ["maxStreamsPerUser", "ann", "192.0.2.9"],
      ["maxStreamsPerAddress", "cyd", "192.0.2.1"],
      ["maxStreams", "cyd", "192.0.2.9"],
    ] as const) {
      const parts = limited({ [setting]: 2 });
      const first = await open(parts, "ann");
      await open(parts, setting === "maxStreamsPerUser" ? "ann" : "bob");
      await assertRefused(await open(parts, user, address), 429, setting);
      assert.deepEqual(await refusalsOf(parts), { [setting]: 1 });
      await first.body?.cancel();
      await settled();
      assert.equal((await open(parts, user, address)).status, 200);
    }
  });

  it("leave a trace when refused, with a hint where a proxy is not trusted", async () => {
    const log = recordingLog();
    const parts = limited({ maxStreamsPerAddress: 1, log });
    await open(parts, "ann");
    const headers = { "X-User": "bob", "X-Forwarded-For": "198.51.100.1" };
    await parts.app.request("/downloads/events", { headers }, callerAt("192.0.2.1"));
    const fields = log.lines.find(({ message }) => message.startsWith("refused"))?.fields;
    assert.equal(fields?.limit, "maxStreamsPerAddress");
    assert.equal(fields?.address, "192.0.2.1");
    assert.match(String(fields?.hint), /trustProxy/);
  });

  it("do not count when they could not begin", async () => {
    const parts = limited({ maxStreamsPerUser: 1 });
    parts.carryout.failure = new Error("broken");
    assert.equal((await open(parts, "ann")).status, 500);
    parts.carryout.failure = null;
    assert.equal((await open(parts, "ann")).status, 200);
  });

  it("end when their reader reads nothing for a minute, and buffer one frame until then", async () => {
    const parts = limited();
    const response = await open(parts, "ann");
    for (let change = 0; change < 100; change++) parts.carryout.put({ id: `x${change}` });
    parts.clock.advance(59_000);
    const metrics = await (await parts.app.request("/metrics")).text();
    assert.match(metrics, /^carryout_event_streams 1$/m);
    parts.clock.advance(2_000);
    await assert.rejects(response.text(), /reads nothing/);
    assert.deepEqual(await refusalsOf(parts), { writeTimeoutMs: 1 });
  });

  it("continue for a reader that keeps reading", async () => {
    const parts = limited();
    const events = readEvents(await open(parts, "ann"));
    assert.equal((await events.event())?.name, "snapshot");
    for (let minute = 0; minute < 5; minute++) {
      parts.clock.advance(60_000);
      parts.carryout.put({ id: `x${minute}` });
      assert.equal((await events.event())?.data.id, `x${minute}`);
    }
    await events.cancel();
  });
});

describe("files", () => {
  function withFile(limits: Parameters<typeof testApp>[0] = {}) {
    const parts = limited(limits);
    parts.carryout.putFile("ann", "a.csv", new Uint8Array(1_000_000), { id: "x" });
    const connection = {
      destroyed: false,
      destroy() {
        this.destroyed = true;
      },
    };
    const env = { ...callerAt("192.0.2.1"), outgoing: connection };
    const get = () => parts.app.request("/downloads/x/a.csv", { headers: ann }, env);
    return { ...parts, get, connection };
  }

  it("are sent a few at a time to each user, to each address, and in all", async () => {
    for (const setting of ["maxTransfersPerUser", "maxTransfersPerAddress", "maxTransfers"]) {
      const parts = withFile({ [setting]: 2 });
      const first = await parts.get();
      await parts.get();
      await assertRefused(await parts.get(), 429, setting);
      await first.body?.cancel();
      const next = await parts.get();
      assert.equal((await next.arrayBuffer()).byteLength, 1_000_000);
      assert.equal((await parts.get()).status, 200);
    }
  });

  it("break off when their reader does not take a piece within a minute", async () => {
    const parts = withFile();
    const reader = (await parts.get()).body!.getReader();
    for (let piece = 0; piece < 3; piece++) {
      await reader.read();
      parts.clock.advance(59_000);
    }
    assert.equal(parts.connection.destroyed, false);
    parts.clock.advance(1_000);
    assert.equal(parts.connection.destroyed, true);
    assert.deepEqual(await refusalsOf(parts), { writeTimeoutMs: 1 });
  });
});

describe("downloads", () => {
  it("beyond a limit are refused with its name, also those of a form", async () => {
    const parts = limited();
    parts.carryout.failure = new CarryoutError("too-many-downloads", "You have 20 unfinished downloads.", {
      details: { limit: "maxUnfinishedPerUser" },
    });
    const response = await parts.app.request("/downloads", postJson({ kind: "fake" }));
    await assertRefused(response, 429, "maxUnfinishedPerUser");
    const form = await parts.app.request("/downloads", postForm({ kind: "fake" }));
    assert.equal(form.headers.get("location"), "/?carryout_error=too-many-downloads");
    assert.deepEqual(await refusalsOf(parts), { maxUnfinishedPerUser: 2 });
  });

  it("of visitors bear a mark of their network, of users who are known none", async () => {
    const { app, carryout } = visitorApp();
    for (const address of ["192.0.2.1", "192.0.2.1", "198.51.100.1"]) {
      await app.request("/downloads", postJson({ kind: "fake" }, {}), callerAt(address));
    }
    const [first, second, third] = carryout.requests.map(({ network }) => network);
    assert.match(first ?? "", /^[\w-]{16}$/);
    assert.equal(second, first);
    assert.notEqual(third, first);
    const known = testApp();
    await known.app.request("/downloads", postJson({ kind: "fake" }), callerAt("192.0.2.1"));
    assert.equal(known.carryout.requests[0]?.network, undefined);
  });
});

describe("limits", () => {
  it("that are no numbers are refused when the app is made", () => {
    for (const maxStreams of [Number.NaN, -1, Number.POSITIVE_INFINITY, "10" as unknown as number]) {
      assert.throws(() => testApp({ maxStreams }), {
        name: "TypeError",
        message: /maxStreams must be a number/,
      });
    }
  });
});
