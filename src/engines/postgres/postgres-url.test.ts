import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CarryoutError } from "../../errors.ts";
import { postgresLogin, postgresTls } from "./postgres-login.ts";
import { readPostgresUrl } from "./postgres-url.ts";

test("a URL names servers, login, database and options", () => {
  assert.deepEqual(
    readPostgresUrl("postgres://carry:p%40ss%2Fw@h1,[::1]:5433/app?schema=exports_2&lifeline=off"),
    {
      servers: [
        { host: "h1", port: 5432 },
        { host: "::1", port: 5433 },
      ],
      user: "carry",
      password: "p@ss/w",
      database: "app",
      schema: "exports_2",
      tls: null,
      lifeline: "off",
      shown: "postgres://h1:5432,[::1]:5433/app?schema=exports_2&lifeline=off",
    },
  );
  const plain = readPostgresUrl("postgresql://h1/my%20app");
  assert.deepEqual(
    [plain.user, plain.password, plain.database, plain.schema, plain.lifeline, plain.shown],
    [null, null, "my app", "carryout", null, "postgres://h1:5432/my%20app"],
  );
  const raw = readPostgresUrl("postgres://carry:a#b?c/d@e:@h1/app");
  assert.deepEqual([raw.user, raw.password], ["carry", "a#b?c/d@e:"]);
  assert.deepEqual(readPostgresUrl("postgres://h/d?lifeline=10.0.0.1:7000").lifeline, {
    host: "10.0.0.1",
    port: 7000,
  });
});

test("sslmode means what libpq means by it, except for the modes that may not encrypt", () => {
  const files = { caFile: null, certFile: null, keyFile: null };
  const tlsOf = (query: string) => readPostgresUrl(`postgres://u@h/d?${query}`).tls;
  assert.equal(tlsOf("sslmode=disable"), null);
  assert.deepEqual(tlsOf("sslmode=require"), { verify: "nothing", ...files });
  assert.deepEqual(tlsOf("sslmode=verify-ca&sslrootcert=ca.pem"), {
    ...files,
    verify: "signer",
    caFile: "ca.pem",
  });
  assert.deepEqual(tlsOf("sslmode=verify-full"), { verify: "name", ...files });
  assert.deepEqual(tlsOf("sslrootcert=ca.pem"), { ...files, verify: "name", caFile: "ca.pem" });
  assert.deepEqual(tlsOf("sslcert=c.pem&sslkey=k.pem"), {
    ...files,
    verify: "name",
    certFile: "c.pem",
    keyFile: "k.pem",
  });
});

test("a certificate is checked against the host of the URL, also when that is an address", () => {
  const tls = { verify: "name", caFile: null, certFile: null, keyFile: null } as const;
  const certificate = { subject: { CN: "db" }, subjectaltname: "DNS:db, IP Address:10.0.0.1" };
  const verdict = (verify: typeof tls.verify | "signer", host: string) => {
    const options = postgresTls({ ...tls, verify }, host);
    return options.checkServerIdentity?.("localhost", certificate as never);
  };
  assert.equal(verdict("name", "db"), undefined);
  assert.equal(verdict("name", "10.0.0.1"), undefined);
  assert.match(String(verdict("name", "other")), /other/);
  assert.match(String(verdict("name", "10.0.0.2")), /10\.0\.0\.2/);
  assert.equal(verdict("signer", "other"), undefined);
  assert.equal(postgresTls(tls, "db").servername, "db");
  assert.equal(postgresTls(tls, "::1").servername, undefined);
  assert.equal(postgresTls({ ...tls, verify: "nothing" }, "db").rejectUnauthorized, false);
  assert.throws(() => postgresTls({ ...tls, caFile: "/nowhere/ca.pem" }, "db"), {
    code: "invalid-config",
    message: /sslrootcert: the file can't be read.*\/nowhere\/ca\.pem/,
  });
});

test("the login comes from the URL, else from the environment", () => {
  const login = (url: string, env = {}) => postgresLogin(readPostgresUrl(url), env);
  const env = { CARRYOUT_POSTGRES_USER: "carry", CARRYOUT_POSTGRES_PASSWORD: "hush" };
  assert.deepEqual(login("postgres://h/d", env), { user: "carry", password: "hush" });
  assert.deepEqual(login("postgres://other@h/d", env), { user: "other", password: "hush" });
  assert.deepEqual(login("postgres://other:word@h/d", env), { user: "other", password: "word" });
  assert.deepEqual(login("postgres://other@h/d"), { user: "other", password: "" });
  assert.throws(() => login("postgres://h/d"), { code: "invalid-config", message: /the user is missing/ });
});

/** The input, and what the error must say about it. */
const mistakes: [string, RegExp][] = [
  ["postgres://", /a server is empty; the database is missing/],
  ["postgres:h/d", /the servers are missing/],
  ["postgres://h1,,h2/d", /a server is empty/],
  ["postgres://u@h1:0/d", /"h1:0" is not HOST or HOST:PORT/],
  ["postgres://u@::1/d", /"::1" is not HOST or HOST:PORT, with \[ and \] around an IPv6 address/],
  ["postgres://u@h1", /the database is missing/],
  ["postgres://u@h1/a%zz", /the database must be a percent-encoded name, not "a%zz"/],
  ["postgres://u:p%zz@h1/d", /write "%25" for a literal "%"/],
  ["postgres://u@h1/d?shema=x&sslmode=on", /unknown option "shema"; did you mean schema\?; sslmode must be/],
  ["postgres://u@h1/d?application_name=x", /unknown option "application_name"; available: schema, lifeline/],
  ["postgres://u@h1/d?schema=x&schema=y", /option schema given twice/],
  ["postgres://u@h1/d?schema=My", /schema must be 1 to 40 of .*, not "My"/],
  ["postgres://u@h1/d?schema=public", /for Carryout alone, not "public"/],
  ["postgres://u@h1/d?schema=pg_x", /not "pg_x"/],
  [`postgres://u@h1/d?schema=${"x".repeat(41)}`, /schema must be/],
  [
    "postgres://u@h1/d?sslmode=prefer",
    /must be disable, require, verify-ca, verify-full, not "prefer", which may send/,
  ],
  ["postgres://u@h1/d?sslmode=constructor", /sslmode must be/],
  ["postgres://u@h1/d?sslmode=disable&sslrootcert=f", /sslmode=disable does not go with certificates/],
  ["postgres://u@h1/d?sslmode=require&sslrootcert=f", /sslmode=require checks no certificate/],
  ["postgres://u@h1/d?sslcert=f", /sslcert and sslkey must be given together/],
  ["postgres://u@h1/d?lifeline=1:2:3", /lifeline must be "off", HOST or HOST:PORT, not "1:2:3"/],
];

test("an invalid URL is refused with all that is wrong, what was expected and what was given", () => {
  for (const [url, message] of mistakes) {
    assert.throws(() => readPostgresUrl(url), { code: "invalid-config", message }, url);
    assert.throws(() => readPostgresUrl(url), { message: /^expected postgres:\/\/USER:PASSWORD@HOST/ });
  }
});

test("no error and no name contains a user or a password", () => {
  for (const rest of ["h1/d", "h1/d?schema=x&oops=hush", "h1:port/d", "", "h 1,/d?schema=7", "h1"])
    for (const login of ["carry:hush@", "carry:hu%sh@", "carry:a@hush@", "carry:/hush@", "carry:?hush@"])
      for (const scheme of ["postgres", "postgresql"]) {
        const url = `${scheme}://${login}${rest}`;
        try {
          assert.doesNotMatch(readPostgresUrl(url).shown, /hush|carry(?!out)/);
        } catch (error) {
          assert.doesNotMatch((error as Error).message, /hush|carry(?!out)/, url);
        }
      }
});

test("no input crashes the parser", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom("postgres://", "postgres://a:b@", "postgres://h/d?"),
      (text, start) => {
        try {
          readPostgresUrl(start + text);
        } catch (error) {
          assert.ok(error instanceof CarryoutError && error.code === "invalid-config", String(error));
        }
      },
    ),
  );
});
