import assert from "node:assert/strict";
import { test } from "node:test";
import { EventStream, type EventStreamOptions, type StreamStatus } from "./event-stream.ts";
import { FakeTiming, settle } from "./fake-timing.testing.ts";
import type { WakeHandler } from "./wake.ts";

/** A server of event streams: every connection is kept, to be fed and cut by the test. */
class Server {
  readonly connections: { send(text: string): void; end(): void; signal: AbortSignal }[] = [];
  answer: () => Response | null = () => null;

  fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const special = this.answer();
    const signal = init!.signal!;
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (given) => {
        controller = given;
      },
    });
    signal.addEventListener("abort", () => controller.error(signal.reason));
    this.connections.push({
      send: (text) => controller.enqueue(new TextEncoder().encode(text)),
      end: () => controller.close(),
      signal,
    });
    return special ?? new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

function open(options: Partial<EventStreamOptions> = {}, answer: Server["answer"] = () => null) {
  const server = new Server();
  server.answer = answer;
  const timing = new FakeTiming();
  const events: string[] = [];
  const statuses: StreamStatus[] = [];
  let wake: WakeHandler = () => {};
  const stream = new EventStream({
    url: "/downloads/events",
    onEvent: (name, data) => events.push(`${name} ${data}`),
    onStatus: (status) => statuses.push(status),
    silenceMs: () => 5_000,
    timing,
    fetch: server.fetch as typeof fetch,
    wake: (handler) => {
      wake = handler;
      return () => {};
    },
    ...options,
  });
  stream.start();
  return { server, timing, events, statuses, stream, wake: (certain: boolean) => wake(certain) };
}

test("gives events and reconnects after the pause that the server asked for", async () => {
  const { server, timing, events, stream } = open();
  await settle();
  server.connections[0]!.send("retry: 4000\n\nevent: snapshot\ndata: 1\n\n");
  await settle();
  server.connections[0]!.end();
  await timing.pass(2_900);
  assert.equal(server.connections.length, 1);
  await timing.pass(200);
  assert.equal(server.connections.length, 2);
  assert.deepEqual(events, ["snapshot 1"]);
  stream.stop();
});

test("after a connection that had lasted it reconnects within half that pause, once", async () => {
  const { server, timing, stream } = open();
  await settle();
  server.connections[0]!.send("retry: 1000\n\nevent: snapshot\ndata: 1\n\n");
  await timing.pass(4_000);
  server.connections[0]!.end();
  await timing.pass(500);
  assert.equal(server.connections.length, 2);
  server.connections[1]!.end();
  await timing.pass(500);
  assert.equal(server.connections.length, 2, "a connection that brings nothing is paused for");
  await timing.pass(500);
  assert.equal(server.connections.length, 3);
  stream.stop();
});

test("silence ends a connection, comments keep it", async () => {
  const { server, timing, stream } = open();
  await settle();
  for (let second = 0; second < 10; second += 2) {
    server.connections[0]!.send(": alive\n");
    await timing.pass(2_000);
  }
  assert.equal(server.connections[0]!.signal.aborted, false);
  await timing.pass(3_100);
  assert.equal(server.connections[0]!.signal.aborted, true);
  await timing.pass(1_000);
  assert.equal(server.connections.length, 2);
  stream.stop();
});

test("less silence is allowed as soon as recheck is called", async () => {
  let silenceMs = 20_000;
  const { server, timing, stream } = open({ silenceMs: () => silenceMs });
  await settle();
  await timing.pass(4_000);
  silenceMs = 5_000;
  stream.recheck();
  await timing.pass(1_100);
  assert.equal(server.connections[0]!.signal.aborted, true);
  stream.stop();
});

test("pauses grow up to ten seconds while the server refuses, and end at once on a wake-up", async () => {
  const { server, timing, stream, wake } = open({}, () => new Response("", { status: 503 }));
  await timing.pass(60_000);
  const attempts = server.connections.length;
  assert.ok(attempts >= 8 && attempts <= 14, `${attempts} attempts in a minute`);
  wake(false);
  await settle();
  assert.equal(server.connections.length, attempts + 1);
  stream.stop();
});

test("a wake-up replaces a connection that slept, and leaves a healthy one alone", async () => {
  const { server, timing, stream, wake } = open();
  await settle();
  wake(false);
  await settle();
  assert.equal(server.connections.length, 1);
  timing.sleep(60_000);
  wake(false);
  await settle();
  assert.equal(server.connections.length, 2);
  stream.stop();
});

test("204 stops it for good", async () => {
  const { server, timing, statuses, wake } = open({}, () => new Response(null, { status: 204 }));
  await timing.pass(60_000);
  wake(true);
  await timing.pass(60_000);
  assert.equal(server.connections.length, 1);
  assert.equal(statuses.at(-1), "stopped");
});

/** What a browser gives for a redirect that it was told not to follow. */
const redirect = () => Object.defineProperty(new Response(), "type", { value: "opaqueredirect" });
const signInPage = () => new Response("<h1>Sign in", { headers: { "content-type": "text/html" } });

for (const [what, answer, attempts] of [
  ["401", () => new Response(null, { status: 401 }), 1],
  ["a redirect to a sign-in page", redirect, 2],
  ["a sign-in page", signInPage, 2],
] as const) {
  test(`${what} means signed out: it asks no more until the page is looked at again`, async () => {
    const { server, timing, statuses, stream, wake } = open({}, answer);
    await timing.pass(600_000);
    assert.equal(server.connections.length, attempts);
    assert.equal(statuses.at(-1), "signed-out");
    server.answer = () => null;
    wake(false);
    await settle();
    assert.equal(server.connections.length, attempts + 1);
    assert.equal(statuses.at(-1), "open");
    stream.stop();
  });
}

test("reconnect replaces the connection at once, and ends a pause", async () => {
  const { server, timing, stream } = open();
  await settle();
  stream.reconnect();
  await settle();
  assert.deepEqual([server.connections.length, server.connections[0]!.signal.aborted], [2, true]);
  server.connections[1]!.end();
  await timing.pass(1);
  stream.reconnect();
  await settle();
  assert.equal(server.connections.length, 3);
  stream.stop();
});

test("an answer that is not an event stream counts as a failure", async () => {
  const { server, timing, events, stream } = open(
    {},
    () => new Response("data: 1\n\n", { headers: { "content-type": "text/plain" } }),
  );
  await timing.pass(3_000);
  assert.ok(server.connections.length > 1);
  assert.deepEqual(events, []);
  stream.stop();
});

test("stop ends the connection and nothing comes after", async () => {
  const { server, timing, stream, statuses } = open();
  await settle();
  stream.stop();
  await timing.pass(60_000);
  assert.equal(server.connections.length, 1);
  assert.equal(server.connections[0]!.signal.aborted, true);
  assert.equal(statuses.at(-1), "stopped");
});
