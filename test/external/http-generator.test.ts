import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { describe, it } from "node:test";
import { type HttpOptions, httpGenerator } from "../../src/external/http-generator.ts";
import type { HttpRequest } from "../../src/external/http-request.ts";
import { eventually } from "../support/real-cluster.ts";
import { begin, failing, failureOf, fileOf } from "./made.ts";
import { bodyOf, serve, serveRaw } from "./service.ts";

const FILE = { name: "made.bin", type: "application/octet-stream" };

function generator(request: HttpRequest | string, more: Partial<HttpOptions<undefined>> = {}) {
  const asked = typeof request === "string" ? { url: request } : request;
  return httpGenerator({
    kind: "made",
    file: FILE,
    allowPrivate: true,
    checkpointMs: 0,
    request: () => asked,
    ...more,
  });
}

describe("httpGenerator makes a file of what a service sends", () => {
  it("with Content-Length, and with chunks", async (t) => {
    const file = randomBytes(3_000_000);
    const { origin } = await serve(t, (request, response) => {
      if (request.url === "/length") response.setHeader("content-length", file.length);
      response.end(file);
    });
    const { host, running } = begin(generator(`${origin}/length`));
    await running.done;
    assert.ok(host.bytes().equals(file));
    assert.deepEqual(host.reports.at(-1), { done: file.length, total: file.length, message: null });
    assert.ok((await fileOf(generator(`${origin}/chunks`))).equals(file));
  });

  it("sends method, headers and body, as JSON unless it is text or bytes", async (t) => {
    const seen: [string | undefined, IncomingHttpHeaders, string][] = [];
    const { origin, port } = await serve(t, async (request, response) => {
      seen.push([request.method, request.headers, await bodyOf(request)]);
      response.end("file");
    });
    const headers = { Authorization: "Bearer x", "X-None": undefined };
    await fileOf(generator({ url: `${origin}/a?b=1`, headers, body: { year: 2026 } }));
    const [method, sent, body] = seen[0]!;
    assert.deepEqual([method, body], ["POST", '{"year":2026}']);
    assert.equal(sent.host, `127.0.0.1:${port}`);
    assert.equal(sent.authorization, "Bearer x");
    assert.equal(sent["content-type"], "application/json");
    assert.equal(sent["content-length"], "13");
    assert.equal(sent["accept-encoding"], "identity");
    assert.equal(sent["x-none"], undefined);
    assert.equal(sent.signature, undefined);
  });

  it("makes a connection for each request", async (t) => {
    const sockets = new Set<unknown>();
    const { origin } = await serve(t, ({ socket }, response) => {
      sockets.add(socket);
      response.end("file");
    });
    for (let count = 1; count <= 3; count++) {
      await fileOf(generator(origin));
      assert.equal(sockets.size, count);
    }
  });

  it("reads separate progress, which the service may send in pieces or line by line", async (t) => {
    const asked: string[] = [];
    const enough = Promise.withResolvers<void>();
    const { origin } = await serve(t, async (request, response) => {
      if (request.url === "/file") {
        response.setHeader("carryout-progress", "/progress");
        response.flushHeaders();
        await enough.promise;
        response.end("file");
        return;
      }
      asked.push(request.headers.signature as string);
      if (asked.length === 1) response.end('{"done":1,"total":4,"message":"one"}\n{"done":2}');
      else response.write('{"done":3}\n');
    });
    const sign = { secret: "x".repeat(32) };
    const { host, running } = begin(generator(`${origin}/file`, { sign }));
    await eventually("all progress is reported", async () => host.reports.at(-1)?.done === 3);
    enough.resolve();
    await running.done;
    await running.returned;
    assert.deepEqual(host.reports.at(-1), { done: 3, total: 4, message: "one" });
    assert.equal(asked.length, 2);
    assert.ok(asked.every((signature) => /^carryout=:.*:$/.test(signature)));
  });

  it("makes its file without separate progress if that fails or leads elsewhere", async (t) => {
    const paths: (string | undefined)[] = [];
    const other = await serve(t, (request, response) => {
      paths.push(request.url);
      response.end();
    });
    const { origin } = await serve(t, (request, response) => {
      if (request.url === "/progress") return response.writeHead(500).end();
      response.setHeader(
        "carryout-progress",
        request.url === "/own" ? "/progress" : `${other.origin}/progress`,
      );
      response.flushHeaders();
      setTimeout(() => response.end("file"), 200);
    });
    assert.equal((await fileOf(generator(`${origin}/own`))).toString(), "file");
    assert.equal((await fileOf(generator(`${origin}/other`))).toString(), "file");
    assert.deepEqual(paths, []);
  });

  it("waits as long as the service asks", async (t) => {
    let asked = 0;
    const { origin } = await serve(t, (_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503, { "retry-after": "1" }).end();
      else if (asked === 2) response.writeHead(429, { "retry-after": new Date().toUTCString() }).end();
      else response.end("file");
    });
    assert.equal((await fileOf(generator(origin))).toString(), "file");
    assert.equal(asked, 3);
  });

  it("ends its requests at a cancel", async (t) => {
    const closed = Promise.withResolvers<void>();
    const { origin } = await serve(t, (_, response) => {
      response.on("close", closed.resolve);
      response.write("half");
    });
    const { host, running } = begin(generator(origin));
    await host.until(() => host.reports.length > 0);
    running.abort();
    await assert.rejects(running.done, { code: "aborted" });
    await running.returned;
    await closed.promise;
  });
});

describe("httpGenerator resumes a transfer", () => {
  const file = randomBytes(1_000_000);
  const ETAG = '"v1"';

  /** Sends half of what is asked for, then breaks off, as long as there is more than a tenth. */
  function brokenService(withRanges: boolean) {
    const ranges: (string | undefined)[] = [];
    let halves = 2;
    return {
      ranges,
      listener: ((request, response) => {
        const { range } = request.headers;
        ranges.push(range);
        assert.equal(request.headers["if-range"], range && ETAG);
        const from = withRanges && range ? Number(/\d+/.exec(range)) : 0;
        const rest = file.subarray(from);
        response.setHeader("etag", ETAG);
        response.setHeader("content-length", rest.length);
        if (from > 0) response.setHeader("content-range", `bytes ${from}-${file.length - 1}/${file.length}`);
        response.statusCode = from > 0 ? 206 : 200;
        halves -= 1;
        if (halves < 0) response.end(rest);
        else
          response.write(rest.subarray(0, file.length / 2 + 100_000 * (2 - halves)), () =>
            response.destroy(),
          );
      }) satisfies Parameters<typeof serve>[1],
    };
  }

  it("with ranges: only the rest is sent again", async (t) => {
    const { listener, ranges } = brokenService(true);
    const { origin } = await serve(t, listener);
    assert.ok((await fileOf(generator(origin))).equals(file));
    assert.equal(ranges[0], undefined);
    assert.ok(ranges.length > 1 && ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? "")));
  });

  it("without ranges: bytes already stored are skipped", async (t) => {
    const { listener } = brokenService(false);
    const { origin } = await serve(t, listener);
    assert.ok((await fileOf(generator(origin))).equals(file));
  });

  it("from every checkpoint, on another node", async (t) => {
    let ranges: (string | undefined)[] = [];
    const { origin } = await serve(t, (request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const from = range ? Number(/\d+/.exec(range)) : 0;
      response.setHeader("etag", ETAG);
      if (range) response.setHeader("content-range", `bytes ${from}-${file.length - 1}/${file.length}`);
      response.writeHead(range ? 206 : 200, { "content-length": file.length - from });
      response.end(file.subarray(from));
    });
    const { host, running } = begin(generator(origin));
    const whole = await running.done;
    assert.ok(host.checkpoints.length > 3);
    for (const checkpoint of host.checkpoints) {
      ranges = [];
      const again = host.resumeAt(checkpoint);
      const resumed = begin(generator(origin), {}, again.host, again.resume);
      assert.deepEqual(await resumed.running.done, whole);
      assert.ok(again.host.bytes().equals(file));
      const isComplete = checkpoint.size === file.length;
      assert.deepEqual(ranges, isComplete ? [] : [`bytes=${checkpoint.size}-`]);
    }
  });

  it("never with the bytes of another file", async (t) => {
    let etag: string | undefined = ETAG;
    let status = 200;
    const { origin } = await serve(t, (_, response) => {
      if (etag !== undefined) response.setHeader("etag", etag);
      response.writeHead(status, { "content-length": file.length }).end(file);
    });
    const { host, running } = begin(generator(origin));
    await running.done;
    const checkpoint = host.checkpoints.find(({ size }) => size > 0 && size < file.length);
    assert.ok(checkpoint);
    for (const [other, otherStatus] of [
      ['"v2"', 200],
      [`W/${ETAG}`, 200],
      [undefined, 200],
      [undefined, 416],
    ] as const) {
      etag = other;
      status = otherStatus;
      const again = host.resumeAt(checkpoint);
      const resumed = begin(generator(origin), {}, again.host, again.resume);
      const failed = await failing(resumed);
      assert.deepEqual([failed.code, failed.retriable], ["file-changed", true]);
      assert.equal(again.host.bytes().length, checkpoint.size);
    }
  });

  it("part by part, if the service sends only a part at a time", async (t) => {
    const ranges: (string | undefined)[] = [];
    const { origin } = await serve(t, ({ headers: { range } }, response) => {
      ranges.push(range);
      const from = range ? Number(/\d+/.exec(range)) : 0;
      response.setHeader("etag", ETAG);
      if (range) {
        response.writeHead(206, { "content-range": `bytes ${from}-${from + 1}/5` });
        response.end("abcde".slice(from, from + 2));
      } else {
        response.writeHead(200, { "content-length": 5 });
        response.write("a", () => setTimeout(() => response.destroy(), 50));
      }
    });
    assert.equal((await fileOf(generator(origin))).toString(), "abcde");
    assert.deepEqual(ranges, [undefined, "bytes=1-", "bytes=3-"]);
  });

  it("never with a different part than the missing one, nor with less than is stored", async (t) => {
    let answer: readonly [status: number, headers: object, body: Buffer];
    const { origin } = await serve(t, (request, response) => {
      const [status, headers, body] = request.headers.range
        ? answer
        : ([200, { "content-length": file.length }, file] as const);
      response.writeHead(status, { etag: ETAG, ...headers }).end(body);
    });
    const { host, running } = begin(generator(origin));
    await running.done;
    const checkpoint = host.checkpoints.find(({ size }) => size > 0 && size < file.length);
    assert.ok(checkpoint);
    const { size } = checkpoint;
    const part = (from: number) => ({ "content-range": `bytes ${from}-${file.length - 1}/${file.length}` });
    const cases = [
      [[206, part(0), file], "answer-invalid"],
      [[206, part(size + 1), file.subarray(size + 1)], "answer-invalid"],
      [[206, {}, file.subarray(size)], "answer-invalid"],
      [[200, {}, file.subarray(0, size - 1)], "file-changed"],
    ] as const;
    for (const [wrong, code] of cases) {
      answer = wrong;
      const again = host.resumeAt(checkpoint);
      const failed = await failing(begin(generator(origin), {}, again.host, again.resume));
      assert.equal(failed.code, code, JSON.stringify(wrong[1]));
      assert.equal(again.host.bytes().length, size);
    }
  });

  it("never without a strong ETag: it starts again", async (t) => {
    for (const etag of [undefined, 'W/"v1"', "v1"]) {
      const { origin } = await serve(t, (_, response) => {
        if (etag !== undefined) response.setHeader("etag", etag);
        response.writeHead(200, { "content-length": 100_000 });
        response.write(file.subarray(0, 50_000), () => response.destroy());
      });
      const made = begin(generator(origin));
      const failed = await failing(made);
      assert.deepEqual([failed.code, failed.retriable], ["transfer-broken", true]);
      assert.deepEqual(made.host.checkpoints, []);
    }
  });
});

describe("httpGenerator: what ends in an error", () => {
  const answers: readonly [
    what: string,
    status: number,
    headers: object,
    code: string,
    retriable: boolean,
  ][] = [
    ["a failure", 500, {}, "service-failed", true],
    ["a failure of a gateway", 502, {}, "service-failed", true],
    ["a refusal", 403, {}, "service-refused", false],
    ["a request that took too long", 408, {}, "service-failed", true],
    ["too many requests", 429, {}, "service-busy", true],
    ["an absence of hours", 503, { "retry-after": "86400" }, "service-busy", true],
    ["an absence without an end", 503, { "retry-after": "soon" }, "service-busy", true],
    ["no content", 204, {}, "answer-invalid", false],
    ["a part that nobody asked for", 206, { "content-range": "bytes 5-8/9" }, "answer-invalid", false],
    ["a redirect to nowhere", 302, {}, "answer-invalid", false],
    ["a compressed file", 200, { "content-encoding": "gzip" }, "answer-invalid", false],
    ["no bytes", 200, { "content-length": "0" }, "output-empty", true],
    ["more than maxBytes, announced", 200, { "content-length": "20000" }, "output-too-large", false],
  ];
  for (const [what, status, headers, code, retriable] of answers) {
    it(`${what} (${status})`, async (t) => {
      const { origin } = await serve(t, (_, response) => {
        response.writeHead(status, headers as IncomingHttpHeaders).end();
      });
      const failed = await failureOf(generator(`${origin}/secret-path?token=secret`, { maxBytes: 10_000 }));
      assert.deepEqual([failed.code, failed.retriable, failed.expose], [code, retriable, false]);
      assert.match(failed.message, /^http:\/\/127\.0\.0\.1:\d+ /);
      assert.doesNotMatch(failed.message + failed.causes, /secret/);
    });
  }

  it("no bytes, unless that is allowed", async (t) => {
    const { origin } = await serve(t, (_, response) => response.end());
    assert.equal((await fileOf(generator(origin, { allowEmpty: true }))).length, 0);
  });

  it("more than maxBytes, not announced", async (t) => {
    const { origin } = await serve(t, (_, response) => {
      const more = () => response.write(Buffer.alloc(1_000)) && setImmediate(more);
      response.on("drain", more);
      more();
    });
    const failed = await failureOf(generator(origin, { maxBytes: 100_000 }));
    assert.deepEqual([failed.code, failed.retriable], ["output-too-large", false]);
  });

  it("a problem, which the user reads if the service allows it", async (t) => {
    const { origin } = await serve(t, (request, response) => {
      const expose = request.url === "/shown" ? { expose: true } : {};
      response.writeHead(422, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ title: "No orders", detail: "You have no\norders in 2026.", ...expose }));
    });
    const shown = await failureOf(generator(`${origin}/shown`));
    assert.deepEqual(
      [shown.code, shown.message, shown.expose, shown.retriable],
      ["service-refused", "You have no orders in 2026.", true, false],
    );
    const hidden = await failureOf(generator(`${origin}/hidden`));
    assert.equal(hidden.expose, false);
    assert.match(hidden.message, /answered 422: No orders: You have no orders in 2026\.$/);
  });

  it("an invalid or endless problem document", async (t) => {
    const { origin } = await serve(t, (request, response) => {
      response.writeHead(400, { "content-type": "application/problem+json" });
      if (request.url === "/none") return response.end("<html>");
      const more = () => {
        while (response.write(Buffer.alloc(10_000, " ")));
      };
      response.on("drain", more);
      more();
    });
    for (const path of ["/none", "/endless"]) {
      const failed = await failureOf(generator(origin + path));
      assert.deepEqual([failed.code, failed.message], ["service-refused", `${origin} answered 400`]);
    }
  });

  it("fewer bytes than announced", async (t) => {
    const { origin } = await serveRaw(t, (socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
    );
    const failed = await failureOf(generator(origin));
    assert.deepEqual([failed.code, failed.retriable], ["transfer-broken", true]);
  });

  it("more bytes than announced", async (t) => {
    const { origin } = await serveRaw(t, (socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile and more"),
    );
    assert.equal((await failureOf(generator(origin))).code, "length-mismatch");
  });

  it("chunks that break off", async (t) => {
    const { origin } = await serveRaw(t, (socket) =>
      socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
    );
    assert.equal((await failureOf(generator(origin))).code, "transfer-broken");
  });

  it("a body that ends with the connection, as a truncated file would", async (t) => {
    const { origin } = await serveRaw(t, (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nperhaps a file"));
    const failed = await failureOf(generator(origin));
    assert.deepEqual([failed.code, failed.retriable], ["answer-invalid", false]);
  });

  it("an answer that is not HTTP", async (t) => {
    const { origin } = await serveRaw(t, (socket) => socket.end("220 mail.example ESMTP\r\n"));
    assert.equal((await failureOf(generator(origin))).code, "service-unreachable");
  });

  it("silence: no answer, and half an answer", async (t) => {
    const { origin } = await serve(t, (request, response) => {
      if (request.url === "/half") response.write("half");
    });
    const none = await failureOf(generator(origin, { headersMs: 50 }));
    assert.deepEqual([none.code, none.message], ["service-timeout", `${origin} did not answer within 50 ms`]);
    const half = await failureOf(generator(`${origin}/half`, { idleMs: 50 }));
    assert.deepEqual([half.code, half.message], ["service-timeout", `${origin} sent nothing for 50 ms`]);
    assert.ok(none.retriable && half.retriable);
  });

  it("no server, and no such host", async (t) => {
    const { origin } = await serveRaw(t, () => {});
    const refused = await failureOf(generator(origin.replace(/\d+$/, "1")));
    assert.deepEqual([refused.code, refused.retriable], ["service-unreachable", true]);
    assert.match(refused.message, /could not be reached \(ECONNREFUSED\)$/);
    assert.equal((await failureOf(generator("http://no-such-host.invalid/"))).code, "service-unreachable");
  });

  it("invalid requests, without revealing their values", async () => {
    const requests: readonly unknown[] = [
      undefined,
      {},
      { url: "/relative" },
      { url: "file:///etc/passwd" },
      { url: "ftp://x.example/" },
      { url: "https://user:secret@x.example/" },
      { url: "https://x.example/", method: "CONNECT" },
      { url: "https://x.example/", method: "GET", body: "x" },
      { url: "https://x.example/", headers: { Host: "secret" } },
      { url: "https://x.example/", headers: { Range: "secret" } },
      { url: "https://x.example/", headers: { authorization: "secret\r\nX: y" } },
      { url: "https://x.example/", headers: { "a b": "secret" } },
      { url: "https://x.example/", body: () => {} },
    ];
    for (const request of requests) {
      const failed = await failureOf(generator(request as HttpRequest));
      assert.deepEqual([failed.code, failed.retriable], ["request-invalid", false], JSON.stringify(request));
      assert.doesNotMatch(failed.message + failed.causes, /secret/);
    }
  });
});

describe("httpGenerator: a declaration that can't work", () => {
  const wrong: readonly [options: object, message: RegExp][] = [
    [{ request: "https://x.example" }, /request must be a function, not /],
    [{ sign: { secret: undefined } }, /sign\.secret must be a text of at least 32 characters, not undefined/],
    [{ sign: { secret: "short" } }, /not one of 5/],
    [{ sign: { secret: "x".repeat(32), keyId: 'a"b' } }, /sign\.keyId must be/],
    [{ allowPrivate: "localhost" }, /allowPrivate must be true, false or a list/],
    [{ idleMs: 0 }, /idleMs must be a number of at least 1/],
    [{ state: {} }, /a request has no option "state"/],
    [{ timeout: 5 }, /unknown option "timeout"/],
  ];
  for (const [options, message] of wrong) {
    it(JSON.stringify(options), () => {
      const declare = httpGenerator as (options: object) => unknown;
      const good = { kind: "made", file: FILE, request: () => ({ url: "https://x.example" }) };
      assert.throws(() => declare({ ...good, ...options }), message);
    });
  }
});
