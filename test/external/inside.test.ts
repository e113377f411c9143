import assert from "node:assert/strict";
import dns from "node:dns";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { type HttpOptions, httpGenerator } from "../../src/external/http-generator.ts";
import type { HttpRequest } from "../../src/external/http-request.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { failureOf, fileOf } from "./made.ts";
import { bodyOf, type Service, serve } from "./service.ts";

const FILE = { name: "made.txt", type: "text/plain" };

function generator(request: HttpRequest | string, more: Partial<HttpOptions<undefined>> = {}) {
  const asked = typeof request === "string" ? { url: request } : request;
  return httpGenerator({ kind: "made", file: FILE, request: () => asked, ...more });
}

/** A service that must not be reached, and what reached it. */
async function inside(t: TestContext): Promise<Service & { requests: string[] }> {
  const requests: string[] = [];
  const service = await serve(t, (request, response) => {
    requests.push(`${request.method} ${request.headers.host}${request.url}`);
    response.end("secret");
  });
  return { ...service, requests };
}

/** All names have these addresses, first those of the first answer. */
function answering(t: TestContext, ...answers: string[][]) {
  const asked: string[] = [];
  const lookup = async (host: string) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  t.mock.method(dns.promises, "lookup", lookup as never);
  return asked;
}

const INSIDE = [
  "127.0.0.1",
  "localhost",
  "127.1",
  "2130706433",
  "0x7f000001",
  "017700000001",
  "0.0.0.0",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::1]",
  "169.254.169.254",
  "[fd00:ec2::254]",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "100.64.0.1",
  "224.0.0.1",
  "[fe80::1]",
];
const NOT_ALLOWED = ["address-not-allowed", false, false];

describe("private addresses are not reached", () => {
  for (const host of INSIDE) {
    it(`by the address http://${host}, given and redirected to`, async (t) => {
      const { port, requests } = await inside(t);
      const given = await failureOf(generator(`http://${host}:${port}/`));
      assert.deepEqual([given.code, given.retriable, given.expose], NOT_ALLOWED);
      const outside = await serve(t, (_, response) => {
        response.writeHead(302, { location: `http://${host}:${port}/` }).end();
      });
      const allowPrivate = [`127.0.0.1:${outside.port}`];
      const redirected = await failureOf(generator(outside.origin, { allowPrivate }));
      assert.deepEqual([redirected.code, redirected.retriable], NOT_ALLOWED.slice(0, 2));
      assert.deepEqual(requests, []);
    });
  }

  it("by a name with such an address, even among others", async (t) => {
    const { port, requests } = await inside(t);
    for (const addresses of [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["2606:4700::1111", "::1"]]) {
      answering(t, addresses);
      const failed = await failureOf(generator(`http://rebind.example:${port}/`));
      assert.equal(failed.code, "address-not-allowed");
      t.mock.restoreAll();
    }
    assert.deepEqual(requests, []);
  });

  it("by a name that changes its address a moment later", async (t) => {
    const { port, requests } = await inside(t);
    // Of the documentation's networks in all but name: nobody answers there.
    const asked = answering(t, ["203.0.114.1"], ["127.0.0.1"]);
    const failed = await failureOf(generator(`http://rebind.example:${port}/`, { connectMs: 300 }));
    assert.match(failed.code, /^service-(unreachable|timeout)$/);
    assert.deepEqual(asked, ["rebind.example"]);
    assert.deepEqual(requests, []);
  });

  it("by a redirect to a name that has changed its address", async (t) => {
    const { port, requests } = await inside(t);
    const outside = await serve(t, (_, response) => {
      response.writeHead(307, { location: `http://second.example:${port}/` }).end();
    });
    const asked = answering(t, ["127.0.0.1"]);
    const allowPrivate = [`first.example:${outside.port}`];
    const failed = await failureOf(generator(`http://first.example:${outside.port}/`, { allowPrivate }));
    assert.equal(failed.code, "address-not-allowed");
    assert.deepEqual(asked, ["first.example", "second.example"]);
    assert.deepEqual(requests, []);
  });
});

describe("allowed private addresses are reached", () => {
  it("by name and by address, with and without the port", async (t) => {
    const { port, requests } = await inside(t);
    answering(t, ["127.0.0.1"]);
    for (const [url, allowed] of [
      [`http://127.0.0.1:${port}/`, "127.0.0.1"],
      [`http://127.0.0.1:${port}/`, `127.0.0.1:${port}`],
      [`http://reports.internal:${port}/x`, "reports.internal"],
      [`http://reports.internal:${port}/x`, `reports.internal:${port}`],
    ] as const) {
      assert.equal((await fileOf(generator(url, { allowPrivate: [allowed] }))).toString(), "secret");
      const other = await failureOf(
        generator(url, { allowPrivate: [`${allowed}1`, `127.0.0.1:${port + 1}`] }),
      );
      assert.equal(other.code, "address-not-allowed");
    }
    assert.deepEqual(requests.slice(1, 3), [`GET 127.0.0.1:${port}/`, `GET reports.internal:${port}/x`]);
    assert.equal(requests.length, 4);
  });
});

describe("redirects", () => {
  const sign = { secret: "x".repeat(32) };
  const headers = { authorization: "Bearer secret", accept: "text/csv" };

  it("are followed five times", async (t) => {
    const { origin } = await serve(t, ({ url = "" }, response) => {
      const left = Number(url.slice(1));
      if (left === 0) response.end("file");
      else response.writeHead(302, { location: `${left - 1}` }).end();
    });
    const more = { allowPrivate: true };
    assert.equal((await fileOf(generator(`${origin}/5`, more))).toString(), "file");
    const failed = await failureOf(generator(`${origin}/6`, more));
    assert.deepEqual([failed.code, failed.retriable], ["redirect-not-allowed", false]);
  });

  it("keep headers and signature within their origin, but not to another one, nor back", async (t) => {
    const seen: [string, IncomingHttpHeaders][] = [];
    const first = await serve(t, (request, response) => {
      seen.push([`first ${request.method} ${request.url}`, request.headers]);
      const to = { "/": "/own", "/own": `${second.origin}/`, "/back": null }[request.url ?? ""];
      if (to) response.writeHead(303, { location: to }).end();
      else response.end("file");
    });
    const second: Service = await serve(t, (request, response) => {
      seen.push([`second ${request.method} ${request.url}`, request.headers]);
      response.writeHead(302, { location: `${first.origin}/back` }).end();
    });
    const request = { url: `${first.origin}/`, headers, body: { year: 2026 } };
    assert.equal((await fileOf(generator(request, { sign, allowPrivate: true }))).toString(), "file");
    assert.deepEqual(
      seen.map(([what, { authorization, signature, accept, ...others }]) => [
        what,
        authorization !== undefined,
        signature !== undefined,
        accept,
        others["content-type"],
      ]),
      [
        ["first POST /", true, true, "text/csv", "application/json"],
        ["first GET /own", true, true, "text/csv", undefined],
        ["second GET /", false, false, "text/csv", undefined],
        ["first GET /back", false, false, "text/csv", undefined],
      ],
    );
    assert.notEqual(seen[0]![1].signature, seen[1]![1].signature);
  });

  it("keep a body where required, but not to another origin", async (t) => {
    const bodies: string[] = [];
    const other = await inside(t);
    const { origin } = await serve(t, async (request, response) => {
      bodies.push(`${request.method} ${await bodyOf(request)}`);
      const to = { "/": "/own", "/elsewhere": other.origin }[request.url ?? ""];
      if (to) response.writeHead(308, { location: to }).end();
      else response.end("file");
    });
    const more = { allowPrivate: true };
    await fileOf(generator({ url: `${origin}/`, body: "x" }, more));
    assert.deepEqual(bodies, ["POST x", "POST x"]);
    const failed = await failureOf(generator({ url: `${origin}/elsewhere`, body: "x" }, more));
    assert.equal(failed.code, "redirect-not-allowed");
    assert.deepEqual(other.requests, []);
  });

  it("lead only to http and https, without a user", async (t) => {
    for (const location of ["file:///etc/passwd", "ftp://x.example", "http://user:pw@x.example", "http://"]) {
      const { origin } = await serve(t, (_, response) => response.writeHead(302, { location }).end());
      const failed = await failureOf(generator(origin, { allowPrivate: true }));
      assert.equal(failed.code, "redirect-not-allowed", location);
    }
  });

  it("with ranges lead to the rest of the file", async (t) => {
    const ranges: (string | undefined)[] = [];
    const store = await serve(t, ({ headers: { range } }, response) => {
      ranges.push(range);
      response.setHeader("etag", '"v1"');
      if (range === undefined) {
        response.writeHead(200, { "content-length": 8 });
        response.write("first", () => setTimeout(() => response.destroy(), 50));
      } else response.writeHead(206, { "content-range": "bytes 5-7/8" }).end("end");
    });
    const { origin } = await serve(t, (_, response) => {
      response.writeHead(303, { location: `${store.origin}/file?signed=secret` }).end();
    });
    const made = generator({ url: origin, body: {} }, { sign, allowPrivate: true });
    assert.equal((await fileOf(made)).toString(), "firstend");
    assert.deepEqual(ranges, [undefined, "bytes=5-"]);
  });
});

describe("https", () => {
  const dir = mkdtempSync(join(tmpdir(), "carryout-https-"));
  let certificates: Certificates;
  before(async () => {
    certificates = await makeCertificates(dir);
  });
  after(() => rmSync(dir, { recursive: true }));

  async function secure(t: TestContext, location?: string): Promise<string> {
    const { cert, key } = certificates.server;
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => {
      if (location !== undefined) response.writeHead(302, { location });
      response.end("file");
    });
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `https://localhost:${(server.address() as { port: number }).port}`;
  }

  it("is checked by the requested name, at the checked address", async (t) => {
    const origin = await secure(t);
    const ca = readFileSync(certificates.ca, "utf8");
    answering(t, ["127.0.0.1"]);
    assert.equal((await fileOf(generator(origin, { allowPrivate: true, ca }))).toString(), "file");
    const otherName = origin.replace("localhost", "other.example");
    const failed = await failureOf(generator(otherName, { allowPrivate: true, ca }));
    assert.equal(failed.message, `${otherName} could not be reached (ERR_TLS_CERT_ALTNAME_INVALID)`);
    const unknown = await failureOf(generator(origin, { allowPrivate: true }));
    assert.equal(unknown.code, "service-unreachable");
  });

  it("does not lead to http", async (t) => {
    const { origin, requests } = await inside(t);
    const ca = readFileSync(certificates.ca, "utf8");
    const failed = await failureOf(generator(await secure(t, origin), { allowPrivate: true, ca }));
    assert.equal(failed.code, "redirect-not-allowed");
    assert.deepEqual(requests, []);
  });
});
