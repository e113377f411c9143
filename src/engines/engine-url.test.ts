import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CarryoutError } from "../errors.ts";
import { readEngineUrl, readFilesUrl } from "./engine-url.ts";

test("the engine that a URL selects", () => {
  const shown = (url: string) => {
    const { name, dir, spansMachines, persists } = readEngineUrl(url);
    return { name, dir, spansMachines, persists };
  };
  const sqlite = (dir: string) => ({ name: `sqlite:${dir}`, dir, spansMachines: false, persists: true });
  assert.deepEqual(shown("memory:"), {
    name: "memory:",
    dir: undefined,
    spansMachines: false,
    persists: false,
  });
  assert.deepEqual(shown("sqlite:.carryout"), sqlite(".carryout"));
  assert.deepEqual(shown("sqlite:/var/lib/carryout"), sqlite("/var/lib/carryout"));
  assert.deepEqual(shown("sqlite:///var/lib/carryout"), sqlite("/var/lib/carryout"));
  assert.deepEqual(shown("sqlite:C:\\data"), sqlite("C:\\data"));
  assert.deepEqual(shown("sqlite:dir?synchronous=full"), sqlite("dir"));
  assert.deepEqual(shown("postgresql://carry:hush@h1,h2:5433/app?schema=exports"), {
    name: "postgres://h1:5432,h2:5433/app?schema=exports",
    dir: undefined,
    spansMachines: true,
    persists: true,
  });
  assert.deepEqual(shown("tls://h1,h2:4333"), {
    name: "tls://h1:4222,h2:4333",
    dir: undefined,
    spansMachines: true,
    persists: true,
  });
});

test("the file store that a URL selects", () => {
  const shown = (url: string) => {
    const { name, dir } = readFilesUrl(url);
    return { name, dir };
  };
  assert.deepEqual(shown("memory:"), { name: "memory:", dir: undefined });
  assert.deepEqual(shown("disk:parts"), { name: "disk:parts", dir: "parts" });
  assert.deepEqual(shown("disk:///mnt/parts"), { name: "disk:/mnt/parts", dir: "/mnt/parts" });
  assert.deepEqual(shown("s3://bucket/a/b?region=eu-central-1"), { name: "s3://bucket/a/b", dir: undefined });
});

/** The input, and what the error must say about it. */
const mistakes: [string, RegExp][] = [
  [
    "sqlit:x",
    /expected memory:, sqlite:DIR, postgres:\/\/HOST\/DATABASE or nats:\/\/HOST, got "sqlit:x"; did you mean sqlite:x\?/,
  ],
  ["memroy:", /did you mean memory:\?/],
  ["SQLITE:x", /did you mean sqlite:x\?/],
  ["sqlite", /did you mean sqlite:\?/],
  ["memory", /did you mean memory:\?/],
  ["memory:x", /takes nothing after the colon/],
  ["sqlite:", /the folder is missing/],
  ["sqlite://host/dir", /a host is not supported/],
  ["sqlite:dir?synchronos=full", /unknown option "synchronos"; did you mean synchronous\?/],
  ["sqlite:dir?cache=big", /unknown option "cache"; available: synchronous/],
  ["sqlite:dir?synchronous=off", /synchronous must be "normal" or "full", not "off"/],
  ["postgre://localhost/app", /did you mean postgres:\/\/localhost\/app\?/],
  ["mysql://localhost", /^expected memory:[^;]*$/],
  ["", /^expected memory:[^;]*$/],
];

test("an invalid URL is reported with what was expected and what was given", () => {
  for (const [url, message] of mistakes) {
    assert.throws(() => readEngineUrl(url), { code: "invalid-config", message });
  }
  for (const url of ["", "disk:", "dsk:x", "memory:x", "s4://bucket", "disk://host"]) {
    assert.throws(() => readFilesUrl(url), {
      code: "invalid-config",
      message: /^expected disk:DIR, s3:\/\/BUCKET\/PREFIX or memory:/,
    });
  }
});

test("no input crashes the parser", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.webUrl()),
      fc.constantFrom("", "sqlite:", "memory:"),
      (text, start) => {
        try {
          readEngineUrl(start + text);
        } catch (error) {
          assert.ok(error instanceof CarryoutError && error.code === "invalid-config", String(error));
        }
      },
    ),
  );
});
