import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readEngineUrl } from "../engine-url.ts";
import { readNatsUrl } from "./nats-url.ts";

const plain = {
  servers: ["localhost:4222"],
  tls: false,
  login: null,
  name: "carryout",
  replicas: null,
  recordStreams: null,
  filesBytes: null,
  lifeline: null,
  shown: "nats://localhost:4222",
};

test("one server, and the defaults", () => {
  assert.deepEqual(readNatsUrl("nats://localhost"), plain);
  assert.equal(readEngineUrl("nats://localhost").name, "nats://localhost:4222");
});

test("several servers, a login for all of them, and every option", () => {
  const url =
    "nats+tls://carry:p%40ss%2Fw@h1,h2:4333,[fd00::1]:4444?name=team-1&replicas=3&streams=5&files=1.5TiB&tls=first&lifeline=10.0.0.7:4500";
  assert.deepEqual(readNatsUrl(url), {
    servers: ["h1:4222", "h2:4333", "[fd00::1]:4444"],
    tls: "first",
    login: { user: "carry", password: "p@ss/w" },
    name: "team-1",
    replicas: 3,
    recordStreams: 5,
    filesBytes: 1.5 * 1024 ** 4,
    lifeline: { host: "10.0.0.7", port: 4500 },
    shown:
      "nats+tls://h1:4222,h2:4333,[fd00::1]:4444?name=team-1&replicas=3&streams=5&files=1.5TiB&tls=first&lifeline=10.0.0.7:4500",
  });
  assert.deepEqual(readNatsUrl("tls://s3cr3t%3A@h").login, { token: "s3cr3t:" });
  assert.equal(readNatsUrl("tls://h").tls, true);
  assert.equal(readNatsUrl("nats://h?lifeline=off").lifeline, "off");
  assert.deepEqual(readNatsUrl("nats://h?lifeline=[::1]").lifeline, { host: "::1", port: null });
  assert.deepEqual(readNatsUrl("nats://u:a@b@h").login, { user: "u", password: "a@b" });
});

const mistakes: [string, RegExp][] = [
  ["nats:", /servers missing/],
  ["nats:h1", /servers missing/],
  ["nats://", /a server is empty/],
  ["nats://h1,,h2", /a server is empty/],
  ["nats://h1:port", /"h1:port" is not HOST or HOST:PORT/],
  ["nats://h1:70000", /"h1:70000" is not HOST/],
  ["nats://h1/path", /"h1\/path" is not HOST/],
  ["nats://h?replica=3", /unknown option "replica"; did you mean replicas\?/],
  [
    "nats://h?colour=red",
    /unknown option "colour"; available: name, replicas, streams, files, lifeline, tls/,
  ],
  ["nats://h?replicas=2", /replicas must be 1, 3 or 5, not "2"/],
  ["nats://h?replicas=1&replicas=3", /replicas given twice/],
  ["nats://h?streams=0", /streams must be a whole number from 1 to 64, not "0"/],
  ["nats://h?files=150", /files must be a size such as "150GB" or "1.5TiB", at least 64MB, not "150"/],
  ["nats://h?files=1MB", /at least 64MB, not "1MB"/],
  ["nats://h?files=999999TB", /not "999999TB"/],
  ["nats://h?name=a.b", /name must be up to 32 letters.*, not "a\.b"/],
  ["nats://h?tls=yes", /tls must be "first", not "yes"/],
  ["nats://h?lifeline=1:2:3", /lifeline must be "off", HOST or HOST:PORT, not "1:2:3"/],
  ["nast://h", /did you mean nats:\/\/h\?/],
  ["NATS://h", /did you mean nats:\/\/h\?/],
];

test("an invalid URL is reported with what was expected and what was given", () => {
  for (const [url, message] of mistakes)
    assert.throws(() => readEngineUrl(url), { code: "invalid-config", message }, url);
});

test("no error contains a user, a password or a token", () => {
  const hidden = /hush|carry/;
  for (const rest of ["h1", "h1?name=x&oops=hush", "h1:port", "", "h 1,?replicas=7"])
    for (const login of [
      "carry:hush@",
      "hush@",
      "carry:hu%sh@",
      "carry:a@hush@",
      "carry:/hush@",
      "carry:?hush@",
    ])
      for (const scheme of ["nats", "tls", "nast", "Nats"]) {
        const url = `${scheme}://${login}${rest}`;
        try {
          const read = readEngineUrl(url);
          assert.doesNotMatch(read.name, hidden);
        } catch (error) {
          assert.doesNotMatch((error as Error).message, hidden, url);
        }
      }
});

test("no input crashes the parser", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("nats://", "tls://a:b@", "nats://h?"), (text, start) => {
      try {
        readEngineUrl(start + text);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "invalid-config", String(error));
      }
    }),
  );
});
