/** @module Settings of a node from three sources: flags override the environment, which overrides the config file. */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { NATS_VARIABLES } from "../engines/nats/jetstream/variables.ts";
import { POSTGRES_VARIABLES } from "../engines/postgres/variables.ts";
import { withoutSecrets } from "../telemetry/secrets.ts";
import { nearest } from "../text/nearest.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";
import { configError, type Problem, type Source, shown } from "./problem.ts";
import {
  type CarryoutConfig,
  defaultSettings,
  isSettingName,
  SETTINGS,
  type SettingName,
  type Settings,
  settingNames,
} from "./settings.ts";

export type { CarryoutConfig, Identify, LogLevel, Settings } from "./settings.ts";

/** Settings, and the file that some of them come from. */
export interface Config extends Settings {
  readonly configFile: string | null;
}

export interface ConfigSources {
  /** The config file; without it, `carryout.config.ts`, `.js` or `.mjs` of the directory, if there is one. */
  file?: string | undefined;
  /** Given in code, instead of a config file; relative paths start at the directory. */
  values?: CarryoutConfig;
  /** Usually `process.env`. */
  env: Readonly<Record<string, string | undefined>>;
  /** By setting name; strings are parsed like environment variables. */
  flags: Readonly<Record<string, unknown>>;
  /** A command's own defaults for settings that no source gives. */
  defaults?: Partial<Settings>;
  /** Where relative paths of flags and environment start; default the working directory. */
  directory?: string;
}

/** Types a config file's default export. It is validated when it is loaded. */
export function defineConfig(config: CarryoutConfig): CarryoutConfig {
  return config;
}

/**
 * Reads and checks all sources. Fails with `invalid-config`, which lists every unknown key and bad value of all
 * sources, including values that another source overrides.
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const directory = sources.directory ?? process.cwd();
  const file = await fileOf(sources, directory);
  const given = [
    ...(file === null ? [] : fromFile(file.path, file.values)),
    ...fromEnvironment(sources.env, directory),
    ...fromFlags(sources.flags, directory),
  ];
  const checked = given.map(check);
  const problems = checked.flatMap((result) => ("what" in result ? [result] : []));
  if (problems.length > 0) throw configError(problems);
  const known = checked as KnownValue[];
  return {
    ...defaultSettings(),
    ...sources.defaults,
    ...Object.fromEntries(
      known.map(({ name, value, directory: from }) => [name, resolved(name, value, from)]),
    ),
    configFile: sources.values === undefined ? (file?.path ?? null) : null,
  };
}

async function fileOf({ file, values, env }: ConfigSources, directory: string): Promise<ConfigFile | null> {
  if (values !== undefined) return { path: resolve(directory, "code"), values: { ...values } };
  return readConfigFile(file ?? (env.CARRYOUT_CONFIG || undefined), directory);
}

/** A value from one source. In order of precedence: later ones win. */
interface GivenValue {
  name: string;
  value: unknown;
  source: Source;
  where: string;
  /** Where its relative paths start. */
  directory: string;
}

type KnownValue = GivenValue & { name: SettingName };

function fromFile(path: string, values: Record<string, unknown>): GivenValue[] {
  return present(values).map(([name, value]) => ({
    name,
    value,
    source: "file",
    where: `${name} in ${path}`,
    directory: dirname(path),
  }));
}

function fromFlags(flags: Readonly<Record<string, unknown>>, directory: string): GivenValue[] {
  return present(flags).map(([name, value]) => ({
    name,
    value: isSettingName(name) && typeof value === "string" ? readText(name, value) : value,
    source: "flag",
    where: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    directory,
  }));
}

function present(values: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(values).filter(([, value]) => value !== undefined);
}

function fromEnvironment(env: ConfigSources["env"], directory: string): GivenValue[] {
  const known = settingNames().flatMap((name) =>
    SETTINGS[name].environment.toReversed().flatMap((variable): GivenValue[] => {
      const value = env[variable];
      // An empty variable counts as unset. Kubernetes sets CARRYOUT_PORT=tcp://… for a service called carryout.
      if (value === undefined || value === "" || /^(tcp|udp|sctp):\/\//.test(value)) return [];
      return [{ name, value: readText(name, value), source: "environment", where: variable, directory }];
    }),
  );
  return [...known, ...misspelt(env, directory)];
}

/** Likely misspellings of known variables. Others that begin with CARRYOUT_ belong to other programs. */
function misspelt(env: ConfigSources["env"], directory: string): GivenValue[] {
  const known = knownVariables();
  const own = new Set<string>([...known, ...OTHER_VARIABLES]);
  return Object.keys(env)
    .filter((variable) => variable.startsWith(PREFIX) && !own.has(variable) && env[variable] !== "")
    .filter((variable) => nearest(variable.slice(PREFIX.length), suffixes(known)) !== null)
    .map((variable) => ({ name: variable, value: "", source: "environment", where: variable, directory }));
}

const PREFIX = "CARRYOUT_";
const OTHER_VARIABLES = ["CARRYOUT_CONFIG", "CARRYOUT_DEBUG"];

/** The variables of settings, and those with the logins of engines. */
function knownVariables(): string[] {
  const settings = settingNames().flatMap((name) => [...SETTINGS[name].environment]);
  return [...settings, ...NATS_VARIABLES, ...POSTGRES_VARIABLES];
}

function suffixes(variables: readonly string[]): string[] {
  return variables.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
}

/** Converts a string to the setting's type; one that can't be parsed is returned unchanged and rejected later. */
function readText(name: SettingName, text: string): unknown {
  const how = SETTINGS[name].text;
  if (how === "number") return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (how === "yes or no") return text === "true" || (text === "false" ? false : text);
  if (how === "list") {
    return text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }
  return text;
}

/** Validates a value: the parsed value, or the problem. */
function check(given: GivenValue): KnownValue | Problem {
  const { name, value, source, where } = given;
  if (!isSettingName(name)) return { source, where, what: unknownSetting(name, source) };
  const setting = SETTINGS[name];
  const { data, error } = setting.schema.safeParse(value);
  if (error === undefined) return { ...given, name, value: data };
  const explanation = explanationIn(error.issues);
  if (explanation !== undefined) return { source, where, what: withoutSecrets(explanation) };
  return {
    source,
    where,
    what: `expected ${setting.schema.description}, given ${shown(value, "secret" in setting)}`,
  };
}

/** The parser's message for a string, even if the setting takes other types as well. */
function explanationIn(issues: readonly z.core.$ZodIssue[]): string | undefined {
  for (const issue of issues) {
    if (issue.code === "custom" && issue.params?.explains) return issue.message;
    const inner = issue.code === "invalid_union" ? explanationIn(issue.errors.flat()) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function unknownSetting(name: string, source: Source): string {
  const known = settingNames();
  const meant =
    source === "environment"
      ? nearest(name.slice(PREFIX.length), suffixes(knownVariables()))
      : nearest(name, known);
  if (meant === null) return `unknown setting (available: ${known.join(", ")})`;
  return `unknown setting; did you mean ${source === "environment" ? PREFIX : ""}${meant}?`;
}

/** Module paths become absolute, so that another process finds the same file. */
function resolved(name: SettingName, value: unknown, directory: string): unknown {
  if (name !== "generators" && name !== "routes") return value;
  const path = String(value);
  return path.startsWith("file://") ? fileURLToPath(path) : resolve(directory, path);
}
