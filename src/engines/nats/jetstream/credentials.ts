/** @module Authentication between a node and NATS: login and TLS, from the URL and the environment. */

import { readFileSync } from "node:fs";
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { CarryoutError, messageOf } from "../../../errors.ts";
import type { NatsVariable } from "./variables.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface NatsAddress {
  /** `host:port` of each server. */
  servers: readonly string[];
  /** "first": the handshake comes before the server's first message. */
  tls: boolean | "first";
  login: { user: string; password: string } | { token: string } | null;
}

/**
 * The connection's options. The URL's login takes precedence over the environment's; a TLS file implies TLS. Errors:
 * `invalid-config` for two logins at once, an incomplete login, or a file that is unreadable or has other content. No
 * message contains a secret.
 */
export function natsConnectionOptions(
  { servers, tls, login }: NatsAddress,
  env: Environment,
): ConnectionOptions {
  const authenticator = login === null ? fromEnvironment(env) : fromLogin(login);
  const files = tlsFiles(env);
  const wantsTls = tls !== false || Object.keys(files).length > 0;
  return {
    servers: [...servers],
    ...(authenticator && { authenticator }),
    ...(wantsTls && { tls: { ...files, ...(tls === "first" && { handshakeFirst: true }) } }),
  };
}

function fromLogin(login: NonNullable<NatsAddress["login"]>): Authenticator {
  if ("token" in login) return tokenAuthenticator(login.token);
  return usernamePasswordAuthenticator(login.user, login.password);
}

function fromEnvironment(env: Environment): Authenticator | null {
  const given = WAYS_TO_LOG_IN.filter((variable) => env[variable]);
  if (given.length > 1)
    throw invalid(`${given.join(" and ")} are set; keep one login method and unset the others`);
  if (Boolean(env.CARRYOUT_NATS_USER) !== Boolean(env.CARRYOUT_NATS_PASSWORD))
    throw invalid("set both CARRYOUT_NATS_USER and CARRYOUT_NATS_PASSWORD, or neither");
  switch (given[0]) {
    case undefined:
      return null;
    case "CARRYOUT_NATS_USER":
      return usernamePasswordAuthenticator(env.CARRYOUT_NATS_USER!, env.CARRYOUT_NATS_PASSWORD!);
    case "CARRYOUT_NATS_TOKEN":
      return tokenAuthenticator(env.CARRYOUT_NATS_TOKEN!);
    case "CARRYOUT_NATS_NKEY_FILE":
      return nkeyAuthenticator(renewed("CARRYOUT_NATS_NKEY_FILE", env, seedIn));
    default:
      return credsAuthenticator(renewed("CARRYOUT_NATS_CREDS_FILE", env, credsIn));
  }
}

const WAYS_TO_LOG_IN = [
  "CARRYOUT_NATS_USER",
  "CARRYOUT_NATS_TOKEN",
  "CARRYOUT_NATS_NKEY_FILE",
  "CARRYOUT_NATS_CREDS_FILE",
] as const;

/** The result of `read` for the file now, or its last valid result while the file is being replaced. */
function renewed(
  variable: NatsVariable,
  env: Environment,
  read: (text: string) => { seed: string; content: string } | { expected: string },
): () => Uint8Array {
  const readNow = () => {
    const found = read(contentOf(variable, env)!);
    if ("expected" in found) throw wrongContent(variable, env, found.expected);
    // An unusable key would end the connection for good when the server asks for a signature.
    if (!canSign(found.seed)) throw wrongContent(variable, env, "its key is not valid");
    return Buffer.from(found.content);
  };
  let last: Uint8Array = readNow();
  return () => {
    try {
      last = readNow();
    } catch {
      // The server decides whether the last one is still valid.
    }
    return last;
  };
}

/** The seed of a user: a line that begins with "SU". */
function seedIn(text: string): { seed: string; content: string } | { expected: string } {
  const seed = /^\s*(SU[A-Z2-7]{56})\s*$/m.exec(text)?.[1];
  if (seed) return { seed, content: seed };
  return { expected: 'expected a user seed: 58 letters and digits starting with "SU"' };
}

/** A user's JWT and seed between lines of dashes, as the `nsc` tool writes them. */
function credsIn(text: string): { seed: string; content: string } | { expected: string } {
  const content = `${text.replaceAll("\r", "").trim()}\n`;
  const [jwt, seed] = [...content.matchAll(/^-{3,}.*-{3,}\n(\S+)\n-{3,}.*-{3,}\n/gm)].map((part) => part[1]!);
  if (jwt && seed) return { seed, content };
  return { expected: "expected a user's JWT and seed, each between two lines of dashes" };
}

function canSign(seed: string): boolean {
  try {
    nkeyAuthenticator(Buffer.from(seed))("nonce");
    return true;
  } catch {
    return false;
  }
}

function tlsFiles(env: Environment): { caFile?: string; certFile?: string; keyFile?: string } {
  const caFile = pemFile("CARRYOUT_NATS_CA_FILE", env, "CERTIFICATE");
  const certFile = pemFile("CARRYOUT_NATS_CERT_FILE", env, "CERTIFICATE");
  const keyFile = pemFile("CARRYOUT_NATS_KEY_FILE", env, "PRIVATE KEY");
  if ((certFile === null) !== (keyFile === null))
    throw invalid("set both CARRYOUT_NATS_CERT_FILE and CARRYOUT_NATS_KEY_FILE, or neither");
  return {
    ...(caFile !== null && { caFile }),
    ...(certFile !== null && keyFile !== null && { certFile, keyFile }),
  };
}

/** The path of the file, after checking its content. */
function pemFile(variable: NatsVariable, env: Environment, kind: string): string | null {
  const text = contentOf(variable, env);
  if (text === null) return null;
  if (new RegExp(`^-----BEGIN [A-Z ]*${kind}-----`, "m").test(text)) return env[variable]!;
  throw wrongContent(variable, env, `expected PEM, "-----BEGIN ${kind}-----"`);
}

/** Null when the variable is not set. */
function contentOf(variable: NatsVariable, env: Environment): string | null {
  const path = env[variable];
  if (!path) return null;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CarryoutError("invalid-config", `${variable}: the file can't be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function wrongContent(variable: NatsVariable, env: Environment, expected: string): CarryoutError {
  return invalid(`${variable}: ${env[variable]}: ${expected}`);
}

function invalid(message: string): CarryoutError {
  return new CarryoutError("invalid-config", message);
}
