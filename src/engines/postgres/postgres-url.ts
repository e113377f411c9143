/** @module Reads the URL that selects the PostgreSQL engine: `postgres://[user[:password]@]HOST[:PORT],…/DATABASE[?options]`. */

import { CarryoutError } from "../../errors.ts";
import { readHostPort, shownHost } from "../../text/host-port.ts";
import { readUrlOptions } from "../../text/url-options.ts";
import { withoutSecrets } from "../../text/without-secrets.ts";
import { LIFELINE_EXPECTED, type LifelineOption, readLifelineOption } from "../lifeline/lifeline-option.ts";
import type { PostgresHost } from "./session/postgres-target.ts";

/** The content of the URL; null for what it does not specify. */
export interface PostgresUrl {
  /** A server and its standbys: the primary among them is looked for. */
  servers: readonly PostgresHost[];
  user: string | null;
  password: string | null;
  database: string;
  /** Separates clusters that share a database. */
  schema: string;
  /** Null: not encrypted. */
  tls: PostgresTls | null;
  /** How nodes watch each other's processes. */
  lifeline: LifelineOption | null;
  /** The URL without user and password, for people. */
  shown: string;
}

export interface PostgresTls {
  /** What is checked of the server's certificate: nothing, who signed it, or its host name as well. */
  verify: "nothing" | "signer" | "name";
  /** Certificates that are trusted instead of the system's. */
  caFile: string | null;
  /** This client's certificate and key. */
  certFile: string | null;
  keyFile: string | null;
}

const DEFAULT_PORT = 5432;
const DEFAULT_SCHEMA = "carryout";
const SCHEMES = ["postgres", "postgresql"];
const OPTIONS = ["schema", "lifeline", "sslmode", "sslrootcert", "sslcert", "sslkey"];
/** The names of libpq: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
const SSL_MODES: Readonly<Record<string, PostgresTls["verify"] | null>> = {
  disable: null,
  require: "nothing",
  "verify-ca": "signer",
  "verify-full": "name",
};
/** They try without encryption when the server, or somebody in between, refuses it. */
const OPPORTUNISTIC = ["allow", "prefer"];
/** Longer names would make some of the identifiers derived from it longer than the 63 bytes PostgreSQL keeps. */
const LONGEST_SCHEMA = 40;
const EXPECTED = "expected postgres://USER:PASSWORD@HOST[:PORT],HOST[:PORT]…/DATABASE";

export function isPostgresScheme(scheme: string): boolean {
  return SCHEMES.includes(scheme);
}

/** Throws `invalid-config` with all that is wrong, what was expected and what was given, without user or password. */
export function readPostgresUrl(url: string): PostgresUrl {
  const shown = withoutSecrets(url);
  const parts = /^([a-z]+):\/\/(?:(.*)@)?([^/?@]*)(?:\/([^?@]*))?(?:\?([^@]*))?$/is.exec(url);
  if (!parts || !isPostgresScheme(parts[1]!)) throw refusal(shown, ["the servers are missing"]);
  const [, , login, hosts = "", path = "", query = ""] = parts;
  const problems: string[] = [];
  const report = (problem: string): null => {
    problems.push(problem);
    return null;
  };
  const servers = hosts.split(",").map((server) => readServer(server, report));
  const [user, password] = readLogin(login, report);
  const database = readDatabase(path, report);
  const options = readUrlOptions(query, OPTIONS, report);
  const read = {
    user,
    password,
    database,
    schema: readSchema(options.get("schema"), report),
    tls: readTls(options, report),
    lifeline: readLifeline(options.get("lifeline"), report),
  };
  if (problems.length > 0) throw refusal(shown, problems);
  const found = servers.filter((server) => server !== null);
  const given = query === "" ? "" : `?${query}`;
  const text = `postgres://${found.map(shownHost).join(",")}/${encodeURIComponent(database)}${given}`;
  return { ...read, servers: found, shown: text };
}

/** Adds to what is wrong. */
type Report = (problem: string) => null;

function readServer(server: string, report: Report): PostgresHost | null {
  const text = server.trim();
  if (text === "") return report("a server is empty");
  const read = readHostPort(text);
  if (read === null)
    return report(`${JSON.stringify(text)} is not HOST or HOST:PORT, with [ and ] around an IPv6 address`);
  return { host: read.host, port: read.port ?? DEFAULT_PORT };
}

function readLogin(login: string | undefined, report: Report): [string | null, string | null] {
  if (login === undefined) return [null, null];
  const colon = login.indexOf(":");
  const texts = colon < 0 ? [login] : [login.slice(0, colon), login.slice(colon + 1)];
  try {
    const [user = "", password = null] = texts.map(decodeURIComponent);
    if ([user, password].some((text) => text?.includes("\0"))) report("the login contains a NUL");
    return [user === "" ? null : user, password];
  } catch {
    report('before the "@": a "%" must be followed by two hexadecimal digits; write "%25" for a literal "%"');
    return [null, null];
  }
}

function readDatabase(path: string, report: Report): string {
  const name = decoded(path);
  if (name === "") report("the database is missing");
  else if (name === null || name.includes("\0"))
    report(`the database must be a percent-encoded name, not ${JSON.stringify(path)}`);
  return name ?? "";
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function readSchema(value: string | null, report: Report): string {
  if (value === null) return DEFAULT_SCHEMA;
  const isName = /^[a-z_][a-z0-9_]*$/.test(value) && value.length <= LONGEST_SCHEMA;
  // Names that begin with pg_ belong to the system, and "public" is shared with everything else.
  if (!isName || value.startsWith("pg_") || value === "public" || value === "information_schema")
    report(
      `schema must be 1 to ${LONGEST_SCHEMA} of a-z, 0-9 and "_", beginning with a letter or "_", for Carryout alone, ` +
        `not ${JSON.stringify(value)}`,
    );
  return value;
}

function readTls(options: URLSearchParams, report: Report): PostgresTls | null {
  const file = (option: string) => options.get(option) || null;
  const [caFile, certFile, keyFile] = [file("sslrootcert"), file("sslcert"), file("sslkey")];
  const isGiven = [caFile, certFile, keyFile].some((each) => each !== null);
  if ((certFile === null) !== (keyFile === null)) report("sslcert and sslkey must be given together");
  const mode = options.get("sslmode") ?? (isGiven ? "verify-full" : "disable");
  const verify = Object.hasOwn(SSL_MODES, mode) ? SSL_MODES[mode]! : undefined;
  if (verify === undefined) {
    const why = OPPORTUNISTIC.includes(mode) ? ", which may send everything unencrypted" : "";
    return report(`sslmode must be ${Object.keys(SSL_MODES).join(", ")}, not ${JSON.stringify(mode)}${why}`);
  }
  if (verify === null && isGiven) report("sslmode=disable does not go with certificates");
  if (verify === "nothing" && caFile !== null)
    report("sslmode=require checks no certificate; with sslrootcert write verify-ca or verify-full");
  return verify === null ? null : { verify, caFile, certFile, keyFile };
}

function readLifeline(value: string | null, report: Report): LifelineOption | null {
  if (value === null) return null;
  const read = readLifelineOption(value);
  return read ?? report(`lifeline must be ${LIFELINE_EXPECTED}, not ${JSON.stringify(value)}`);
}

function refusal(shown: string, problems: readonly string[]): CarryoutError {
  return new CarryoutError(
    "invalid-config",
    `${EXPECTED}, got ${JSON.stringify(shown)}: ${problems.join("; ")}`,
  );
}
