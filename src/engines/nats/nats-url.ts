/** @module Reading the URL that chooses the NATS engine: `nats://[user:password@|token@]HOST[:PORT],…[?options]`. */

import { CarryoutError } from "../../errors.ts";
import { readHostPort, shownHost } from "../../text/host-port.ts";
import { readUrlOptions } from "../../text/url-options.ts";
import { withoutSecrets } from "../../text/without-secrets.ts";
import { LIFELINE_EXPECTED, type LifelineOption, readLifelineOption } from "../lifeline/lifeline-option.ts";

/** The content of the URL; null for what it does not specify. */
export interface NatsUrl {
  /** `host:port` of each server. */
  servers: readonly string[];
  /** "first": the handshake comes before the server's first message. */
  tls: boolean | "first";
  login: { user: string; password: string } | { token: string } | null;
  /** Separates clusters that share NATS servers. */
  name: string;
  replicas: number | null;
  recordStreams: number | null;
  /** Most bytes that all files together may take on each server. */
  filesBytes: number | null;
  /** How nodes watch each other's processes. */
  lifeline: LifelineOption | null;
  /** The URL without secrets, for people. */
  shown: string;
}

const DEFAULT_PORT = 4222;
const SCHEMES = ["nats", "tls", "nats+tls"];
const OPTIONS = ["name", "replicas", "streams", "files", "lifeline", "tls"];
const UNITS = ["B", "KB", "MB", "GB", "TB"];
/** Less could not hold even one large part of a file. */
const LEAST_FILES_BYTES = 64e6;
const MOST_STREAMS = 64;
const EXPECTED = "expected nats://HOST[:PORT],HOST[:PORT]… (tls:// for TLS)";

export function isNatsScheme(scheme: string): boolean {
  return SCHEMES.includes(scheme);
}

/** Throws `invalid-config` with what was expected and what was given, without user, password or token. */
export function readNatsUrl(url: string): NatsUrl {
  const shown = withoutSecrets(url);
  const parts = /^([a-z+]+):\/\/(?:(.*)@)?([^?@]*)(?:\?([^@]*))?$/is.exec(url);
  if (!parts || !isNatsScheme(parts[1]!)) throw invalid(shown, "servers missing");
  const [, scheme, login, hosts = "", query = ""] = parts;
  const servers = hosts.replace(/\/$/, "").split(",");
  const options = readUrlOptions(query, OPTIONS, (problem) => {
    throw invalid(shown, problem);
  });
  const read = {
    servers: servers.map((server) => readServer(server, shown)),
    tls: readTls(scheme !== "nats", options, shown),
    login: login === undefined ? null : readLogin(login, shown),
    name: readName(options, shown),
    replicas: readNumber(options, "replicas", "1, 3 or 5", (value) => [1, 3, 5].includes(value), shown),
    recordStreams: readNumber(
      options,
      "streams",
      `a whole number from 1 to ${MOST_STREAMS}`,
      (value) => value >= 1 && value <= MOST_STREAMS,
      shown,
    ),
    filesBytes: readBytes(options, "files", LEAST_FILES_BYTES, shown),
    lifeline: readLifeline(options, shown),
  };
  const given = query === "" ? "" : `?${query}`;
  return { ...read, shown: `${scheme}://${read.servers.join(",")}${given}` };
}

function readServer(server: string, shown: string): string {
  const read = readHostPort(server.trim());
  if (read !== null) return shownHost({ host: read.host, port: read.port ?? DEFAULT_PORT });
  if (server.trim() === "") throw invalid(shown, "a server is empty");
  throw invalid(shown, `${JSON.stringify(server)} is not HOST or HOST:PORT`);
}

/** For all servers: user and password, or a token alone, percent-encoded. */
function readLogin(login: string, shown: string): NatsUrl["login"] {
  const colon = login.indexOf(":");
  try {
    if (colon < 0) return { token: decodeURIComponent(login) };
    const [user, password] = [login.slice(0, colon), login.slice(colon + 1)].map(decodeURIComponent);
    return { user: user!, password: password! };
  } catch {
    throw invalid(
      shown,
      'before the "@": a "%" must be followed by two hexadecimal digits; write "%25" for a literal "%"',
    );
  }
}

function readName(options: URLSearchParams, shown: string): string {
  const name = options.get("name") ?? "carryout";
  if (/^[A-Za-z0-9_-]{1,32}$/.test(name)) return name;
  throw wrongValue(shown, "name", 'up to 32 letters, digits, "-" and "_"', name);
}

function readTls(byScheme: boolean, options: URLSearchParams, shown: string): boolean | "first" {
  const value = options.get("tls");
  if (value === null) return byScheme;
  if (value === "first") return value;
  throw wrongValue(shown, "tls", '"first"', value);
}

function readNumber(
  options: URLSearchParams,
  option: string,
  expected: string,
  accept: (value: number) => boolean,
  shown: string,
): number | null {
  const value = options.get(option);
  if (value === null) return null;
  if (/^\d{1,3}$/.test(value) && accept(Number(value))) return Number(value);
  throw wrongValue(shown, option, expected, value);
}

/** A number and a unit: powers of 1,000, with an "i" powers of 1,024. */
function readBytes(options: URLSearchParams, option: string, least: number, shown: string): number | null {
  const value = options.get(option);
  if (value === null) return null;
  const [, number, prefix, binary] = /^(\d{1,6}(?:\.\d{1,3})?)([KMGT])(i?)B$/.exec(value) ?? [];
  const bytes = Math.round(Number(number) * (binary ? 1024 : 1000) ** UNITS.indexOf(`${prefix}B`));
  if (bytes >= least && Number.isSafeInteger(bytes)) return bytes;
  throw wrongValue(shown, option, `a size such as "150GB" or "1.5TiB", at least ${least / 1e6}MB`, value);
}

function readLifeline(options: URLSearchParams, shown: string): LifelineOption | null {
  const value = options.get("lifeline");
  if (value === null) return null;
  const read = readLifelineOption(value);
  if (read === null) throw wrongValue(shown, "lifeline", LIFELINE_EXPECTED, value);
  return read;
}

function wrongValue(shown: string, option: string, expected: string, value: string): CarryoutError {
  return invalid(shown, `${option} must be ${expected}, not ${JSON.stringify(value)}`);
}

function invalid(shown: string, problem: string): CarryoutError {
  return new CarryoutError("invalid-config", `${EXPECTED}, got ${JSON.stringify(shown)}: ${problem}`);
}
