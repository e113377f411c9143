/** @module The command line as a whole: its commands, its help, and how errors become messages and exit codes. */

import { Command, CommanderError } from "commander";
import { onlyFlagsAreWrong } from "../config/problem.ts";
import { isCarryoutError, messageOf } from "../errors.ts";
import { VERSION } from "../version.ts";
import { backupCommand } from "./commands/backup.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { checkCommand } from "./commands/check.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { drainCommand } from "./commands/drain.ts";
import { lsCommand } from "./commands/ls.ts";
import { nodeCommand } from "./commands/node.ts";
import { nodesCommand } from "./commands/nodes.ts";
import { showCommand } from "./commands/show.ts";
import { startCommand } from "./commands/start.ts";
import { upCommand } from "./commands/up.ts";
import { watchCommand } from "./commands/watch.ts";
import { type CommandContext, examples, WrongUsage } from "./context.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

const FAILURE = 1;
const WRONG_USAGE = 2;

/** Runs one command. Resolves with its exit code: 0 done, 1 failed, 2 wrong usage. Never rejects. */
export async function runCommandLine(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const context: CommandContext = { env, terminal, exitCode: 0 };
  try {
    await program(context).parseAsync(words, { from: "user" });
    return context.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

/** All commands with their options. */
export function program(context: CommandContext): Command {
  const root = new Command("carryout")
    .description("Long downloads that survive the death of nodes.")
    .version(VERSION, "-V, --version", "print the version")
    .addHelpCommand(HELP_COMMAND)
    .configureOutput({
      writeOut: (text) => context.terminal.answer(text.trimEnd()),
      writeErr: (text) => context.terminal.say(text.trimEnd()),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText("after", examples(ROOT_EXAMPLES));
  for (const [group, commands] of Object.entries(GROUPS)) {
    for (const make of commands) root.addCommand(inherited(make(context), root).helpGroup(group));
  }
  return root;
}

const HELP_COMMAND = new Command("help")
  .argument("[command]")
  .description("explain a command")
  .helpGroup("Look:");

const GROUPS = {
  "Run nodes:": [upCommand, nodeCommand],
  "Inspect:": [lsCommand, showCommand, watchCommand, nodesCommand, doctorCommand, checkCommand],
  "Act:": [startCommand, cancelCommand, drainCommand, backupCommand],
};

const ROOT_EXAMPLES = {
  "carryout up": "a cluster of three nodes on this machine",
  "carryout watch": "in another terminal: watch downloads run and move",
  "carryout help start": "how to request a file by hand",
};

/** Commander passes these settings on only to commands that it creates itself. */
function inherited(command: Command, root: Command): Command {
  return command.copyInheritedSettings(root).showHelpAfterError(`Try: carryout ${command.name()} --help`);
}

function report(error: unknown, { terminal, env }: CommandContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  terminal.say(`carryout: ${messageOf(error)}`);
  if (env.CARRYOUT_DEBUG && error instanceof Error) terminal.say(error.stack ?? "");
  else if (!isCarryoutError(error) && !(error instanceof WrongUsage)) {
    terminal.say("Unexpected error. Set CARRYOUT_DEBUG=1 for a stack trace.");
  }
  if (error instanceof WrongUsage) return WRONG_USAGE;
  return isCarryoutError(error) && onlyFlagsAreWrong(error) ? WRONG_USAGE : FAILURE;
}
