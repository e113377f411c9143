/** @module Every setting: its allowed values, its sources and its default. */

import { availableParallelism } from "node:os";
import { z } from "zod";
import { readEngineUrl, readFilesUrl } from "../engines/engine-url.ts";
import { sqlite } from "../engines/engines.ts";
import { messageOf } from "../errors.ts";
import { BASE_PATH_EXPECTED, isBasePath } from "../http/base-path.ts";
import type { Identify } from "../http/identity.ts";
import { DEFAULT_CONNECTION_LIMITS, DEFAULT_HTTP_LIMITS } from "../http/limits.ts";
import type { EngineFactory } from "../ports/engine.ts";
import type { FileStoreFactory } from "../ports/file-store-factory.ts";

export type { Identify };

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const HOUR_MS = 3_600_000;
const LONGEST_TIME_MS = 10 * 365 * 24 * HOUR_MS;

/** One row of the table below. */
interface Setting<Value> {
  /** Its description says what is expected, as in an error message. Its output becomes the setting's value. */
  readonly schema: z.ZodType<Value>;
  /** Environment variables for it, in order of precedence. */
  readonly environment: readonly string[];
  /** How a string from the environment or the command line is parsed. "never": only a config file can set it. */
  readonly text: "as is" | "number" | "yes or no" | "list" | "never";
  /** Never shown, not even when it is invalid. */
  readonly secret?: true;
}

const SECRET = z.string().regex(/^.{16,}$/s);
const HOST_NAME = /^(\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/i;

function wholeNumber(from: number, to: number, unit = ""): z.ZodType<number> {
  return z.int().min(from).max(to).describe(`a whole number from ${from} to ${to}${unit}`);
}

/** A limit on how many may be open or unfinished at a time. */
function howMany(): z.ZodType<number> {
  return wholeNumber(1, 10_000_000);
}

function text(pattern: RegExp, expected: string): z.ZodType<string> {
  return z.string().regex(pattern).describe(expected);
}

/** The parser's result for a valid string; the message it throws is the explanation. */
function readBy<Value>(read: (text: string) => Value, expected: string): z.ZodType<Value, string> {
  return z
    .string()
    .transform((value, context) => {
      try {
        return read(value);
      } catch (error) {
        context.addIssue({ code: "custom", message: messageOf(error), params: { explains: true } });
        return z.NEVER;
      }
    })
    .describe(expected);
}

/** True for an engine and for a file store. */
function isFactory(value: unknown): boolean {
  const { name, open } = (value ?? {}) as Partial<EngineFactory>;
  return typeof value === "object" && typeof name === "string" && typeof open === "function";
}

function modulePath(expected: string): z.ZodType<string> {
  return z.string().refine(isModulePath).describe(expected);
}

function number(environment: string, schema: z.ZodType<number>): Setting<number> {
  return { schema, environment: [environment], text: "number" };
}

function words(environment: string, schema: z.ZodType<string>): Setting<string> {
  return { schema, environment: [environment], text: "as is" };
}

/** The table. A setting is added here and nowhere else. */
export const SETTINGS = {
  engine: {
    schema: z
      .union([readBy(readEngineUrl, "a URL"), z.custom<EngineFactory>(isFactory)])
      .describe("the URL of an engine, or an engine"),
    environment: ["CARRYOUT_ENGINE"],
    text: "as is",
  } satisfies Setting<EngineFactory>,
  files: {
    schema: z
      .union([readBy(readFilesUrl, "a URL"), z.custom<FileStoreFactory>(isFactory)])
      .describe("the URL of a file store, or a file store"),
    environment: ["CARRYOUT_FILES"],
    text: "as is",
  } satisfies Setting<FileStoreFactory>,
  synchronous: {
    schema: z.enum(["normal", "full"]).describe('"normal" or "full"'),
    environment: ["CARRYOUT_SYNCHRONOUS"],
    text: "as is",
  } satisfies Setting<"normal" | "full">,
  reserveBytes: number("CARRYOUT_RESERVE_BYTES", wholeNumber(0, 1 << 30, " bytes")),
  port: {
    schema: wholeNumber(0, 65_535).describe("a port from 0 to 65535 (0 takes any free one)"),
    environment: ["CARRYOUT_PORT", "PORT"],
    text: "number",
  } satisfies Setting<number>,
  host: words(
    "CARRYOUT_HOST",
    text(/^[^\s/]+$/, "an address or host name to listen on, such as 127.0.0.1 or 0.0.0.0"),
  ),
  name: words(
    "CARRYOUT_NAME",
    text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a node\'s name: 1 to 63 letters, digits, ".", "_" or "-"'),
  ),
  nodes: number("CARRYOUT_NODES", wholeNumber(1, 64)),
  capacity: number("CARRYOUT_CAPACITY", wholeNumber(1, 1_024)),
  inlineCapacity: number("CARRYOUT_INLINE_CAPACITY", wholeNumber(0, 1_000_000)),
  leaseMs: number("CARRYOUT_LEASE_MS", wholeNumber(100, HOUR_MS, " milliseconds")),
  retentionMs: number("CARRYOUT_RETENTION_MS", wholeNumber(1, LONGEST_TIME_MS, " milliseconds")),
  errorRetentionMs: number("CARRYOUT_ERROR_RETENTION_MS", wholeNumber(1, LONGEST_TIME_MS, " milliseconds")),
  graceMs: number("CARRYOUT_GRACE_MS", wholeNumber(0, LONGEST_TIME_MS, " milliseconds")),
  keepPerUser: number("CARRYOUT_KEEP_PER_USER", wholeNumber(1, 10_000)),
  maxHandovers: number("CARRYOUT_MAX_HANDOVERS", wholeNumber(0, 1_000)),
  stopMs: number("CARRYOUT_STOP_MS", wholeNumber(0, HOUR_MS, " milliseconds")),
  maxBodyBytes: number("CARRYOUT_MAX_BODY_BYTES", wholeNumber(1, 1 << 30, " bytes")),
  maxHeaderBytes: number("CARRYOUT_MAX_HEADER_BYTES", wholeNumber(1_024, 1 << 20, " bytes")),
  maxFormFields: number("CARRYOUT_MAX_FORM_FIELDS", wholeNumber(1, 100_000)),
  requestTimeoutMs: number("CARRYOUT_REQUEST_TIMEOUT_MS", wholeNumber(1_000, HOUR_MS, " milliseconds")),
  identifyTimeoutMs: number("CARRYOUT_IDENTIFY_TIMEOUT_MS", wholeNumber(1, HOUR_MS, " milliseconds")),
  writeTimeoutMs: number("CARRYOUT_WRITE_TIMEOUT_MS", wholeNumber(1_000, HOUR_MS, " milliseconds")),
  maxConnections: number("CARRYOUT_MAX_CONNECTIONS", howMany()),
  maxConnectionsPerAddress: number("CARRYOUT_MAX_CONNECTIONS_PER_ADDRESS", howMany()),
  maxStreams: number("CARRYOUT_MAX_STREAMS", howMany()),
  maxStreamsPerAddress: number("CARRYOUT_MAX_STREAMS_PER_ADDRESS", howMany()),
  maxStreamsPerUser: number("CARRYOUT_MAX_STREAMS_PER_USER", howMany()),
  maxTransfers: number("CARRYOUT_MAX_TRANSFERS", howMany()),
  maxTransfersPerAddress: number("CARRYOUT_MAX_TRANSFERS_PER_ADDRESS", howMany()),
  maxTransfersPerUser: number("CARRYOUT_MAX_TRANSFERS_PER_USER", howMany()),
  maxUnfinished: number("CARRYOUT_MAX_UNFINISHED", howMany()),
  maxUnfinishedPerAddress: number("CARRYOUT_MAX_UNFINISHED_PER_ADDRESS", howMany()),
  maxUnfinishedPerUser: number("CARRYOUT_MAX_UNFINISHED_PER_USER", howMany()),
  secret: {
    schema: z
      .union([SECRET, z.array(SECRET).min(1)])
      .describe("at least 16 characters, or a list of such secrets: the first one signs, all are accepted"),
    environment: ["CARRYOUT_SECRET"],
    text: "list",
    secret: true,
  } satisfies Setting<string | string[]>,
  visitMs: number("CARRYOUT_VISIT_MS", wholeNumber(60_000, LONGEST_TIME_MS, " milliseconds")),
  cookieSameSite: {
    schema: z.enum(["lax", "none"]).describe('"lax" or "none"'),
    environment: ["CARRYOUT_COOKIE_SAME_SITE"],
    text: "as is",
  } satisfies Setting<"lax" | "none">,
  sessionCheckMs: number("CARRYOUT_SESSION_CHECK_MS", wholeNumber(100, HOUR_MS, " milliseconds")),
  operatorToken: {
    ...words("CARRYOUT_OPERATOR_TOKEN", text(/^\S{16,}$/, "at least 16 characters, without spaces")),
    secret: true,
  },
  trustedOrigins: {
    schema: z
      .array(z.string().refine(isOrigin))
      .describe(
        'a list of origins, such as "https://app.example.com" (scheme, host and port, without a path)',
      ),
    environment: ["CARRYOUT_TRUSTED_ORIGINS"],
    text: "list",
  } satisfies Setting<string[]>,
  publicOrigins: {
    schema: z
      .array(z.string().refine(isOrigin))
      .describe(
        'a list of the origins under which browsers reach the nodes, such as "https://files.example.com"',
      ),
    environment: ["CARRYOUT_PUBLIC_ORIGINS", "CARRYOUT_PUBLIC_ORIGIN"],
    text: "list",
  } satisfies Setting<string[]>,
  hosts: {
    schema: z
      .array(z.string().regex(HOST_NAME))
      .describe(
        'a list of host names without ports, such as "files.example.com" or "*.example.com", or "*" for all',
      ),
    environment: ["CARRYOUT_HOSTS"],
    text: "list",
  } satisfies Setting<string[]>,
  basePath: words("CARRYOUT_BASE_PATH", z.string().refine(isBasePath).describe(BASE_PATH_EXPECTED)),
  trustProxy: {
    schema: z.boolean().describe("true or false"),
    environment: ["CARRYOUT_TRUST_PROXY"],
    text: "yes or no",
  } satisfies Setting<boolean>,
  generators: words("CARRYOUT_GENERATORS", modulePath("the path of a module that exports generators")),
  routes: words(
    "CARRYOUT_ROUTES",
    modulePath("the path of a module whose default export returns the routes"),
  ),
  identify: {
    schema: z
      .custom<Identify>((value) => typeof value === "function")
      .describe("a function (request) => user id or null"),
    environment: [],
    text: "never",
  } satisfies Setting<Identify>,
  logLevel: {
    schema: z.enum(LOG_LEVELS).describe(`one of ${LOG_LEVELS.join(", ")}`),
    environment: ["CARRYOUT_LOG"],
    text: "as is",
  } satisfies Setting<LogLevel>,
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

/** The content of a config file; each setting is optional. Times are milliseconds, sizes bytes. */
export type CarryoutConfig = {
  [Name in SettingName]?: z.input<(typeof SETTINGS)[Name]["schema"]> | undefined;
};

/** Settings without a default. */
type Optional = "files" | "name" | "secret" | "operatorToken" | "generators" | "routes" | "identify";

/** All settings, checked and complete. Module paths are absolute. */
export type Settings = Required<{
  [Name in Exclude<SettingName, Optional>]: z.output<(typeof SETTINGS)[Name]["schema"]>;
}> & {
  [Name in Optional]: z.output<(typeof SETTINGS)[Name]["schema"]> | undefined;
};

export function defaultSettings(): Settings {
  return {
    engine: sqlite({ dir: ".carryout" }),
    files: undefined,
    synchronous: "normal",
    reserveBytes: 64 * 1024 * 1024,
    port: 4000,
    host: "127.0.0.1",
    name: undefined,
    nodes: 3,
    capacity: availableParallelism(),
    inlineCapacity: 1_000,
    leaseMs: 3_000,
    retentionMs: 24 * HOUR_MS,
    errorRetentionMs: HOUR_MS,
    graceMs: HOUR_MS,
    keepPerUser: 20,
    maxHandovers: 5,
    stopMs: 10_000,
    ...DEFAULT_HTTP_LIMITS,
    ...DEFAULT_CONNECTION_LIMITS,
    maxUnfinished: 100_000,
    maxUnfinishedPerAddress: 500,
    maxUnfinishedPerUser: 20,
    secret: undefined,
    visitMs: 90 * 24 * HOUR_MS,
    cookieSameSite: "lax",
    sessionCheckMs: 15_000,
    operatorToken: undefined,
    trustedOrigins: [],
    publicOrigins: [],
    hosts: [],
    basePath: "/",
    trustProxy: false,
    generators: undefined,
    routes: undefined,
    identify: undefined,
    logLevel: "info",
  };
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

export function settingNames(): SettingName[] {
  return Object.keys(SETTINGS) as SettingName[];
}

function isModulePath(value: string): boolean {
  if (value.trim() === "" || value.includes("\0")) return false;
  return !value.startsWith("file://") || /^file:\/\/\/[^%?#]*$/.test(value);
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}
