/** @module What every command shares: its context, the settings' flags, and the form of its examples. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { type Config, loadConfig } from "../config/config.ts";
import type { SettingName, Settings } from "../config/settings.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** The exit code when nothing is thrown. */
  exitCode: number;
}

/** Arguments that parse but are invalid together. */
export class WrongUsage extends Error {}

/** The flags for settings, defined once so that they mean the same in every command. */
const SETTING_FLAGS = {
  config: ["--config <file>", "config file (default: carryout.config.ts, .js or .mjs here)"],
  engine: [
    "--engine <url>",
    "where records are stored: memory:, sqlite:DIR, postgres://HOST/DB, nats://HOST (default: sqlite:.carryout)",
  ],
  files: ["--files <url>", "where files are stored (default: with the engine's data)"],
  port: ["--port <number>", "port to listen on (default: 4000)"],
  host: ["--host <address>", "address to listen on (default: 127.0.0.1)"],
  basePath: ["--base-path <path>", "path under which a proxy shows it, such as /exports (default: /)"],
  name: ["--name <name>", "this node's name (default: random)"],
  nodes: ["--nodes <number>", "how many nodes (default: 3)"],
  capacity: ["--capacity <number>", "how many files a node makes at a time"],
  generators: ["--generators <file>", "module that exports the generators"],
  routes: ["--routes <file>", "module that creates the application's own routes"],
  logLevel: ["--log-level <level>", "debug, info, warn, error or silent (default: info)"],
} as const satisfies Partial<Record<SettingName | "config", readonly [string, string]>>;

type FlagName = keyof typeof SETTING_FLAGS;

export function withSettings(command: Command, names: readonly FlagName[]): Command {
  for (const name of names) {
    const [flags, description] = SETTING_FLAGS[name];
    command.addOption(new Option(flags, description));
  }
  return command;
}

/** The flags that commands about a running cluster need to find it. */
export const TO_FIND_A_CLUSTER = ["config", "engine", "files"] as const satisfies readonly FlagName[];

/** The settings as flags, environment and config file give them. */
export function configOf(
  command: Command,
  context: CommandContext,
  defaults: Partial<Settings> = {},
): Promise<Config> {
  return loadConfig({ ...sourcesOf(command), env: context.env, defaults });
}

/** The given flags, in the form that `loadConfig` takes; another process needs them to load the same settings. */
export function sourcesOf(command: Command): { file: string | undefined; flags: Record<string, string> } {
  const given = command.opts<Record<string, unknown>>();
  const flags: Record<string, string> = {};
  for (const name of Object.keys(SETTING_FLAGS)) {
    if (name !== "config" && typeof given[name] === "string") flags[name] = given[name];
  }
  return { file: typeof given.config === "string" ? given.config : undefined, flags };
}

/** The end of a command's help: example commands and what they do. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((words) => words.length));
  const shown = Object.entries(lines).map(([words, meaning]) => `  ${words.padEnd(width)}   ${meaning}`);
  return `\nExamples:\n${shown.join("\n")}`;
}

export const JSON_FLAG = ["--json", "print JSON"] as const;

/** For commander: reads a JSON text. */
export function jsonArgument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`Not valid JSON: ${(error as Error).message}.`);
  }
}
