import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { nkeys } from "@nats-io/transport-node";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { type NatsLink, openNatsLink } from "../../../src/engines/nats/jetstream/connection.ts";
import { type NatsAddress, natsConnectionOptions } from "../../../src/engines/nats/jetstream/credentials.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { NatsServers } from "../../support/nats-servers.ts";

type Environment = Record<string, string>;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "carryout-credentials-"));
});
after(() => rm(dir, { recursive: true }));
const file = async (name: string, content: string) => {
  await writeFile(join(dir, name), content);
  return join(dir, name);
};

describe("logins and TLS against a real server", () => {
  const links: NatsLink[] = [];
  let servers: NatsServers;
  let certificates: Certificates;

  before(async () => {
    servers = await NatsServers.start();
    certificates = await makeCertificates(dir);
  });
  afterEach(() => Promise.all(links.splice(0).map((link) => link.close())));
  after(() => servers.stop());

  const configure = async (config: string) => {
    await servers.kill(0);
    await servers.configure(0, config);
    servers.launch(0);
  };
  const open = async (env: Environment, address: Partial<NatsAddress> = {}, patienceMs = 30_000) => {
    const from = { servers: servers.addresses, tls: false, login: null, ...address };
    const connection = natsConnectionOptions(from, env);
    const link = await openNatsLink({ connection, name: "n1", clock, log: silentLog, patienceMs });
    links.push(link);
    await link.nats.flush();
  };
  const refused = (message: RegExp) => ({ code: "store-unusable", message });

  test("user and password, from the URL or the environment", async () => {
    await configure(`authorization { users = [{ user: "carry", password: "p@ss word" }] }`);
    await open({}, { login: { user: "carry", password: "p@ss word" } });
    await open({ CARRYOUT_NATS_USER: "carry", CARRYOUT_NATS_PASSWORD: "p@ss word" });
    await assert.rejects(open({}), refused(/login refused/));
    const wrong = { login: { user: "carry", password: "wrong" } };
    await assert.rejects(
      open({ CARRYOUT_NATS_USER: "carry", CARRYOUT_NATS_PASSWORD: "p@ss word" }, wrong),
      refused(/login refused/),
      "the URL goes first",
    );
  });

  test("a token", async () => {
    await configure(`authorization { token: "open-sesame" }`);
    await open({}, { login: { token: "open-sesame" } });
    await open({ CARRYOUT_NATS_TOKEN: "open-sesame" });
    await assert.rejects(open({ CARRYOUT_NATS_TOKEN: "open-barley" }), (error: Error) => {
      assert.doesNotMatch(error.message, /barley|sesame/);
      return true;
    });
  });

  test("an nkey", async () => {
    const user = nkeys.createUser();
    await configure(`authorization { users = [{ nkey: ${user.getPublicKey()} }] }`);
    await open({ CARRYOUT_NATS_NKEY_FILE: await file("user.nk", `${text(user.getSeed())}\n`) });
    const other = await file("other.nk", text(nkeys.createUser().getSeed()));
    await assert.rejects(open({ CARRYOUT_NATS_NKEY_FILE: other }), refused(/login refused/));
  });

  test("a creds file", async () => {
    const { config, creds } = decentralised();
    await configure(config);
    await open({ CARRYOUT_NATS_CREDS_FILE: await file("user.creds", creds) });
    const stranger = await file("stranger.creds", decentralised().creds);
    await assert.rejects(open({ CARRYOUT_NATS_CREDS_FILE: stranger }), refused(/login refused/));
  });

  test("TLS with a private certificate authority", async () => {
    const { ca, server } = certificates;
    await configure(`tls { cert_file: "${server.cert}", key_file: "${server.key}" }`);
    await open({ CARRYOUT_NATS_CA_FILE: ca });
    await open({ CARRYOUT_NATS_CA_FILE: ca }, { tls: true });
    await assert.rejects(open({}, { tls: true }), refused(/TLS failed.*certificate/));
    await assert.rejects(open({}), refused(/TLS failed.*certificate/));
  });

  test("TLS with the handshake before the protocol", async () => {
    const { ca, server } = certificates;
    await configure(`tls { cert_file: "${server.cert}", key_file: "${server.key}", handshake_first: true }`);
    await open({ CARRYOUT_NATS_CA_FILE: ca }, { tls: "first" });
  });

  test("TLS with a client certificate", async () => {
    const { ca, server, client } = certificates;
    await configure(
      `tls { cert_file: "${server.cert}", key_file: "${server.key}", ca_file: "${ca}", verify: true }`,
    );
    const files = { CARRYOUT_NATS_CERT_FILE: client.cert, CARRYOUT_NATS_KEY_FILE: client.key };
    await open({ CARRYOUT_NATS_CA_FILE: ca, ...files });
    await assert.rejects(open({ CARRYOUT_NATS_CA_FILE: ca }, {}, 0), {
      code: "unavailable",
      message: /see CARRYOUT_NATS_CERT_FILE/,
    });
  });

  test("TLS against a server without it", async () => {
    await configure("");
    await assert.rejects(open({}, { tls: true }), refused(/does not support TLS/));
  });
});

describe("invalid credentials in the environment", () => {
  const address: NatsAddress = { servers: ["h:4222"], tls: false, login: null };
  const wrong = (env: Environment, message: RegExp) =>
    assert.throws(() => natsConnectionOptions(address, env), { code: "invalid-config", message });

  test("are reported without revealing a secret", async () => {
    const seed = text(nkeys.createUser().getSeed());
    const damaged = `${seed.slice(0, -4)}AAAA`;
    wrong({ CARRYOUT_NATS_USER: "u" }, /set both CARRYOUT_NATS_USER and CARRYOUT_NATS_PASSWORD/);
    wrong({ CARRYOUT_NATS_PASSWORD: "p" }, /set both/);
    wrong(
      { CARRYOUT_NATS_TOKEN: "t", CARRYOUT_NATS_NKEY_FILE: "f" },
      /CARRYOUT_NATS_TOKEN and CARRYOUT_NATS_NKEY_FILE are set/,
    );
    wrong(
      { CARRYOUT_NATS_NKEY_FILE: "/nowhere" },
      /CARRYOUT_NATS_NKEY_FILE.*can't be read: ENOENT.*\/nowhere/,
    );
    wrong({ CARRYOUT_NATS_CA_FILE: dir }, /CARRYOUT_NATS_CA_FILE.*can't be read: EISDIR/);
    wrong({ CARRYOUT_NATS_NKEY_FILE: await file("public.nk", "UABC") }, /expected a user seed/);
    wrong({ CARRYOUT_NATS_NKEY_FILE: await file("damaged.nk", damaged) }, /damaged/);
    wrong({ CARRYOUT_NATS_CREDS_FILE: await file("seed.creds", seed) }, /expected a user's JWT and seed/);
    wrong({ CARRYOUT_NATS_CA_FILE: await file("ca.der", "\u0001") }, /expected PEM, "-----BEGIN CERTIFICATE/);
    wrong(
      { CARRYOUT_NATS_CERT_FILE: await file("cert.pem", "-----BEGIN CERTIFICATE-----\n") },
      /set both CARRYOUT_NATS_CERT_FILE and CARRYOUT_NATS_KEY_FILE/,
    );
    assert.throws(
      () => natsConnectionOptions(address, { CARRYOUT_NATS_NKEY_FILE: join(dir, "damaged.nk") }),
      (error: Error) => !error.message.includes(damaged),
    );
  });
});

test("a renewed key is used at the next connect, a damaged one is not", async () => {
  const [first, second] = [nkeys.createUser(), nkeys.createUser()];
  const path = await file("renewed.nk", text(first.getSeed()));
  const address: NatsAddress = { servers: ["h:4222"], tls: false, login: null };
  const { authenticator } = natsConnectionOptions(address, { CARRYOUT_NATS_NKEY_FILE: path });
  const sign = authenticator as (nonce: string) => { nkey: string };
  assert.equal(sign("nonce").nkey, first.getPublicKey());
  await writeFile(path, text(second.getSeed()));
  assert.equal(sign("nonce").nkey, second.getPublicKey());
  await writeFile(path, "");
  assert.equal(sign("nonce").nkey, second.getPublicKey());
});

/** An operator, an account and a user as the `nsc` tool makes them: the server has the first two, the user logs in. */
function decentralised(): { config: string; creds: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const system = nkeys.createAccount();
  const claim = (by: nkeys.KeyPair, of: nkeys.KeyPair, name: string, nats: object) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const iat = Math.floor(clock.now() / 1_000);
    const claims = { jti: clock.id(), iat, iss: by.getPublicKey(), sub: of.getPublicKey(), name, nats };
    const signed = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(claims)}`;
    return `${signed}.${Buffer.from(by.sign(Buffer.from(signed))).toString("base64url")}`;
  };
  const all = { subs: -1, data: -1, payload: -1 };
  const limits = { ...all, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const accountClaim = (of: nkeys.KeyPair) =>
    claim(operator, of, "account", { type: "account", version: 2, limits });
  const config = [
    `operator: ${claim(operator, operator, "operator", { type: "operator", version: 2 })}`,
    `system_account: ${system.getPublicKey()}`,
    "resolver: MEMORY",
    `resolver_preload { ${[account, system].map((of) => `${of.getPublicKey()}: ${accountClaim(of)}`).join("\n")} }`,
  ];
  const jwt = claim(account, user, "user", { type: "user", version: 2, ...all });
  const creds = [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    text(user.getSeed()),
    "------END USER NKEY SEED------",
  ];
  return { config: config.join("\n"), creds: creds.join("\n") };
}
