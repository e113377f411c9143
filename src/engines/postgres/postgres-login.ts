/** @module How a node logs in to PostgreSQL: the user from the URL or the environment, and TLS as `node:tls` takes it. */

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { CarryoutError, messageOf } from "../../errors.ts";
import type { PostgresTls, PostgresUrl } from "./postgres-url.ts";
import type { PostgresTarget } from "./session/postgres-target.ts";

/** What a URL and the environment say together. Throws `invalid-config` if neither names a user. */
export function postgresTarget(
  url: PostgresUrl,
  env: Readonly<Record<string, string | undefined>>,
): PostgresTarget {
  const { servers: hosts, database, schema, tls } = url;
  const { user, password } = postgresLogin(url, env);
  const secrets = (host: string) => ({
    password,
    tls: tls === null ? (false as const) : postgresTls(tls, host),
  });
  return { hosts, user, database, schema, secrets };
}

export interface PostgresLogin {
  user: string;
  /** Empty when the server asks for none. */
  password: string;
}

/** The URL's login takes precedence over the environment's. Throws `invalid-config` if neither names a user. */
export function postgresLogin(
  url: Pick<PostgresUrl, "user" | "password" | "shown">,
  env: Readonly<Record<string, string | undefined>>,
): PostgresLogin {
  const user = url.user ?? env.CARRYOUT_POSTGRES_USER;
  if (!user) {
    throw new CarryoutError(
      "invalid-config",
      `${url.shown}: the user is missing: write postgres://USER@…, or set CARRYOUT_POSTGRES_USER`,
    );
  }
  return { user, password: url.password ?? env.CARRYOUT_POSTGRES_PASSWORD ?? "" };
}

/**
 * The options of TLS for a connection to this host. Reads the files each time, so that certificates can be renewed.
 * Throws `invalid-config` for a file that can't be read or is not PEM.
 */
export function postgresTls(tls: PostgresTls, host: string): ConnectionOptions {
  const { verify, caFile, certFile, keyFile } = tls;
  return {
    ...(caFile !== null && { ca: pem("sslrootcert", caFile, "CERTIFICATE") }),
    ...(certFile !== null && { cert: pem("sslcert", certFile, "CERTIFICATE") }),
    ...(keyFile !== null && { key: pem("sslkey", keyFile, "PRIVATE KEY") }),
    // A server name must not be an address (RFC 6066, section 3).
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: verify !== "nothing",
    // Explicit, since without a server name node:tls would compare with "localhost".
    checkServerIdentity: (_name, certificate) =>
      verify === "name" ? checkServerIdentity(host, certificate) : undefined,
  };
}

function pem(option: string, path: string, kind: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CarryoutError("invalid-config", `${option}: the file can't be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (new RegExp(`^-----BEGIN [A-Z ]*${kind}-----`, "m").test(text)) return text;
  throw new CarryoutError("invalid-config", `${option}: ${path}: expected PEM, "-----BEGIN ${kind}-----"`);
}
