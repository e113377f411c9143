import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { seededRandom } from "../../clock/seeded-random.ts";
import { readAll, readWithCrashes } from "./crashing-reader.testing.ts";
import { type NdjsonRequest, type NdjsonRowsOptions, ndjsonRows } from "./ndjson-rows.ts";

/** The bytes from the offset on, in chunks of a few bytes: characters and lines are split anywhere. */
function chunked(text: string, chunkBytes: number) {
  const all = Buffer.from(text);
  return async function* ({ offset }: { offset: number }) {
    for (let at = offset; at < all.length; at += chunkBytes) yield all.subarray(at, at + chunkBytes);
  };
}

function read(text: string, options: Partial<NdjsonRowsOptions> = {}) {
  return readAll(ndjsonRows({ open: chunked(text, 3), ...options }), {});
}

const people = Array.from({ length: 40 }, (_, id) => ({ id, name: `Zoë 🙂 ${"x".repeat(id % 7)}` }));
const text = people.map((row) => `${JSON.stringify(row)}\n`).join("");

describe("ndjsonRows", () => {
  it("gives a row for each line, wherever chunks and crashes fall", async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seededRandom(seed);
      const chunkBytes = 1 + Math.floor(random() * 50);
      const rows = ndjsonRows({ open: chunked(text, chunkBytes), size: 1 + Math.floor(random() * 6) });
      const result = await readWithCrashes(rows, { params: {}, crash: 0.3, random });
      assert.deepEqual(result.rows, people, `seed ${seed}`);
    }
  });

  it("accepts CRLF, a byte order mark, empty lines and a last line without a line end", async () => {
    const [batch] = await read('\uFEFF{"a":1}\r\n\r\n\n{"a":2}\n  \n{"a":3}');
    assert.deepEqual(batch, { rows: [{ a: 1 }, { a: 2 }, { a: 3 }], cursor: { offset: 33, line: 6 } });
  });

  it("reads Node's streams, web streams and text", async () => {
    const sources = [
      () => Readable.from([text]),
      () => Readable.from([Buffer.from(text)], { objectMode: false }),
      () => new Blob([text]).stream(),
    ];
    for (const open of sources) {
      const batches = await readAll(ndjsonRows({ open }), {});
      assert.deepEqual(
        batches.flatMap(({ rows }) => rows),
        people,
      );
    }
  });

  it("ends a batch after 4 MiB", async () => {
    const line = `${JSON.stringify({ text: "x".repeat(900_000) })}\n`;
    const open = async function* () {
      for (let count = 0; count < 12; count += 1) yield Buffer.from(line);
    };
    const batches = await readAll(ndjsonRows({ open }), {});
    assert.deepEqual(
      batches.map(({ rows }) => rows.length),
      [5, 5, 2],
    );
  });

  const refused: [string, string, RegExp][] = [
    ["a line that is no JSON", '{"a":1}\n{"a":\n', /^line 2 of the source is not valid JSON$/],
    ["a line that is no object", '{"a":1}\n\n[1]\n', /^line 3 of the source must be a JSON object$/],
    [
      "a line that is too long",
      `{"a":1}\n{"a":"${"x".repeat(100)}"}\n`,
      /^line 2 of the source has more than 50 bytes$/,
    ],
    ["a line that does not end", `{"a":"${"x".repeat(100)}`, /^line 1 of the source has more than 50 bytes$/],
  ];
  for (const [what, source, message] of refused) {
    it(`refuses ${what}, and names the line`, async () => {
      await assert.rejects(read(source, { maxLineBytes: 50 }), {
        name: "UserError",
        retriable: false,
        message,
      });
    });
  }

  it("accepts a line of exactly the maximum length", async () => {
    const source = `{"a":"${"x".repeat(42)}"}`;
    assert.equal(source.length, 50);
    assert.equal((await read(`${source}\n`, { maxLineBytes: 50 })).length, 1);
  });

  it("keeps counting lines after a crash", async () => {
    const open = chunked(`${text}{`, 1_000);
    const [first] = await readAll(ndjsonRows({ open: chunked(text, 1_000), size: 40 }), {});
    await assert.rejects(readAll(ndjsonRows({ open }), {}, first!.cursor), /^UserError: line 41 /);
  });

  it("refuses bytes that are not UTF-8", async () => {
    const open = async function* () {
      yield new Uint8Array([0x7b, 0x7d, 0x0a, 0xff, 0x0a]);
    };
    await assert.rejects(readAll(ndjsonRows({ open }), {}), {
      message: "line 2 of the source is not valid UTF-8",
    });
  });

  it("refuses a value that is not a stream", async () => {
    const open = (value: unknown) => readAll(ndjsonRows({ open: () => value as Response }), {});
    await assert.rejects(open("text"), { message: "open must give a stream or a Response, not a string" });
    await assert.rejects(open(Readable.from([1])), {
      message: "the stream must give bytes or text, not the number 1",
    });
  });
});

describe("ndjsonRows on answers of fetch", () => {
  const bytes = Buffer.from(text);
  const first = people.slice(0, 10).map((row) => `${JSON.stringify(row)}\n`);
  const offset = Buffer.byteLength(first.join(""));

  function answer(
    status: number,
    headers: Record<string, string>,
    body: Uint8Array<ArrayBuffer> | null = bytes,
  ) {
    return (request: NdjsonRequest) => {
      const part = status === 206 ? body?.subarray(request.offset) : body;
      return new Response(part ?? null, { status, headers });
    };
  }

  const goOn = (open: NdjsonRowsOptions["open"], etag?: string) => {
    return readAll(ndjsonRows({ open }), {}, { offset, line: 10, ...(etag === undefined ? {} : { etag }) });
  };

  it("continues with a part of the answer, or skips the beginning of a whole one", async () => {
    const part = answer(206, { "content-range": `bytes ${offset}-${bytes.length - 1}/${bytes.length}` });
    for (const open of [part, answer(200, {})]) {
      const batches = await goOn(open);
      assert.deepEqual(
        batches.flatMap(({ rows }) => rows),
        people.slice(10),
      );
    }
  });

  it("ends if nothing follows the last line", async () => {
    const open = answer(416, { "content-range": `bytes */${bytes.length}` }, null);
    assert.deepEqual(await readAll(ndjsonRows({ open }), {}, { offset: bytes.length, line: 40 }), []);
    await assert.rejects(goOn(open), {
      name: "UserError",
      message: "the source of the rows answered with status 416",
    });
  });

  it("keeps a strong entity tag, and refuses another one", async () => {
    const [batch] = await readAll(ndjsonRows({ open: answer(200, { etag: '"v1"' }) }), {});
    assert.equal(batch?.cursor.etag, '"v1"');
    const [weak] = await readAll(ndjsonRows({ open: answer(200, { etag: 'W/"v1"' }) }), {});
    assert.equal(weak?.cursor.etag, undefined);
    await assert.rejects(goOn(answer(200, { etag: '"v2"' }), '"v1"'), {
      name: "UserError",
      retriable: false,
      message: "the source of the rows changed while it was read",
    });
  });

  it("refuses a wrong part, parts of compressed answers, and files that became shorter", async () => {
    await assert.rejects(
      goOn(answer(206, { "content-range": "bytes 0-9/10" })),
      /must begin at byte \d+, not with/,
    );
    await assert.rejects(
      goOn(answer(206, { "content-encoding": "gzip" })),
      /compressed answer can't be read/,
    );
    await assert.rejects(
      goOn(answer(200, {}, Buffer.from("{}\n"))),
      /the source of the rows is shorter than it was/,
    );
  });

  for (const [status, retriable] of [
    [404, false],
    [429, true],
    [503, true],
  ] as const) {
    it(`passes status ${status} on`, async () => {
      await assert.rejects(readAll(ndjsonRows({ open: answer(status, {}) }), {}), {
        name: "UserError",
        retriable,
        message: `the source of the rows answered with status ${status}`,
      });
    });
  }

  it("releases an answer that it refuses", async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    await assert.rejects(readAll(ndjsonRows({ open: () => new Response(body, { status: 500 }) }), {}));
    assert.ok(isCancelled);
  });
});
