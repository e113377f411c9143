/** @module Generators for files that another program writes to its standard output. */

import {
  defineGenerator,
  type Generator,
  type GeneratorOptions,
  type InputOf,
  type ParamsOf,
  type StandardSchema,
} from "../generator/generator.ts";
import { valueName } from "../text/value-name.ts";
import { type CommandLine, checkedCommand, findProgram, refuseForeignOptions } from "./program.ts";
import { programEnvironment } from "./program-environment.ts";
import type { ProgramFailure } from "./program-failure.ts";
import { runProgram } from "./run-program.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The options of `defineGenerator`, except for `run` and those of checkpoints, and these. */
export interface CommandOptions<Schema, Kind extends string = string>
  extends Omit<GeneratorOptions<Schema, Kind>, "run" | "state" | "checkpointMs"> {
  /**
   * The program and its arguments, or a function that returns them for the parameters. No shell is involved. The
   * program is searched in PATH, unless it contains a "/".
   */
  command: CommandLine | ((params: ParamsOf<Schema>) => CommandLine | Promise<CommandLine>);
  /**
   * Additions to the program's environment, which otherwise has only PATH, HOME, USER, LOGNAME, LANG, LC_…, TZ and
   * TMPDIR of the node.
   */
  env?: Environment | ((params: ParamsOf<Schema>) => Environment);
  /** The program's working directory. Default: the node's. */
  cwd?: string;
  /** The largest file, in bytes. Default: 10 GiB. */
  maxBytes?: number;
  /** Whether an empty file is valid. Default: false, it is an error. */
  allowEmpty?: boolean;
  /** The end of every complete file, for programs that exit with 0 after half of one. Default: "", any end. */
  endsWith?: string;
  /**
   * Whether a text from the parameters that begins with "-" may be a separate argument before "--". Default: false, the
   * attempt fails, since the program would treat it as an option.
   */
  optionsFromParams?: boolean;
  /**
   * Called when the program exited with a code other than 0 or was ended by a signal. The attempt ends with the error
   * that it returns: a `UserError` is shown to the user. Default: the log gets the exit code and standard error, the
   * user a reference.
   */
  explain?(failure: ProgramFailure, params: ParamsOf<Schema>): Error | undefined;
}

const MOST_BYTES = 10 * 1024 ** 3;

/**
 * Declares a generator whose file is a program's standard output. Lines such as {"done":1,"total":10,"message":"…"} on
 * its file descriptor 3 report progress. The attempt fails when the program exits with a code other than 0. On cancel,
 * drain, deadlines and death of the node, the program ends with all processes that it started. An interrupted run
 * starts again from the first byte. Throws a `TypeError` for an invalid declaration.
 */
export function commandGenerator<
  const Kind extends string,
  Schema extends StandardSchema | undefined = undefined,
>(options: CommandOptions<Schema, Kind>): Generator<ParamsOf<Schema>, Kind, InputOf<Schema>> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`commandGenerator() takes { kind, file, command, … }, not ${valueName(options)}`);
  }
  const {
    command,
    env = {},
    cwd,
    maxBytes = MOST_BYTES,
    allowEmpty = false,
    endsWith = "",
    optionsFromParams = false,
    explain,
    ...generator
  } = options;
  const { kind } = options;
  const wrong = (what: string) => new TypeError(`generator ${String(kind)}: ${what}`);
  const checked = (given: unknown): CommandLine => {
    try {
      return checkedCommand(given);
    } catch (error) {
      // It would fail at every attempt.
      throw Object.assign(wrong((error as Error).message), { retriable: false });
    }
  };
  for (const name of ["run", "state", "checkpointMs"]) {
    if (Object.hasOwn(options, name)) throw wrong(`a command has no option ${JSON.stringify(name)}`);
  }
  if (typeof command !== "function") checked(command);
  if (typeof maxBytes !== "number" || !(maxBytes >= 1)) {
    throw wrong(`maxBytes must be a number of bytes, not ${valueName(maxBytes)}`);
  }
  if (typeof endsWith !== "string") throw wrong(`endsWith must be a string, not ${valueName(endsWith)}`);
  if (explain !== undefined && typeof explain !== "function") {
    throw wrong(`explain must be a function, not ${valueName(explain)}`);
  }
  return defineGenerator<Kind, Schema>({
    ...generator,
    async run({ params, write, progress, signal }) {
      const words = checked(typeof command === "function" ? await command(params) : command);
      if (!optionsFromParams) refuseForeignOptions(words, params);
      const environment = programEnvironment(process.env, typeof env === "function" ? env(params) : env);
      const [program, ...args] = words;
      await runProgram(
        {
          kind,
          program: await findProgram(program, environment.PATH, cwd),
          args,
          env: environment,
          cwd,
          maxBytes,
          allowEmpty,
          endsWith,
          explain: (failure) => explain?.(failure, params),
        },
        { write, progress, signal },
      );
    },
  } as GeneratorOptions<Schema, Kind>);
}
