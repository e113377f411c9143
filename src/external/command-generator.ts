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

/** Those of `defineGenerator`, except for `run` and what belongs to checkpoints, and these. */
export interface CommandOptions<Schema, Kind extends string = string>
  extends Omit<GeneratorOptions<Schema, Kind>, "run" | "state" | "checkpointMs"> {
  /**
   * The program and its arguments, or what gives them for the parameters. No shell reads them. The program is looked
   * for in PATH, unless it has a "/".
   */
  command: CommandLine | ((params: ParamsOf<Schema>) => CommandLine | Promise<CommandLine>);
  /**
   * What the program finds in its environment, beside PATH, HOME, USER, LOGNAME, LANG, LC_…, TZ and TMPDIR of the
   * node. Nothing else of the node's reaches it.
   */
  env?: Environment | ((params: ParamsOf<Schema>) => Environment);
  /** The folder that it runs in. Default: the node's. */
  cwd?: string;
  /** The largest file, in bytes. Default: 10 GiB. */
  maxBytes?: number;
  /** Whether a file without bytes is one. Default: false, it is an error. */
  allowEmpty?: boolean;
  /** How a complete file ends, for programs that exit with 0 after half of one. Default: "", as it likes. */
  endsWith?: string;
  /**
   * Whether a text of the parameters that begins with "-" may be an argument of its own before "--". Default: false,
   * the attempt fails, as the program would take it for an option.
   */
  optionsFromParams?: boolean;
  /**
   * Asked when the program exited with another code than 0 or was ended by a signal. The error that it gives is what
   * the attempt ends with: a `UserError` is shown to the user. Default: the log has exit code and standard error, the
   * user a reference.
   */
  explain?(failure: ProgramFailure, params: ParamsOf<Schema>): Error | undefined;
}

const MOST_BYTES = 10 * 1024 ** 3;

/**
 * Declares a generator whose file is what a program writes to its standard output. Lines such as
 * {"done":1,"total":10,"message":"…"} on its file descriptor 3 are the progress. The attempt fails when the program
 * exits with another code than 0. On cancel, drain, deadlines and death of the node, the program ends with all that
 * it started. An interrupted run starts again from the first byte. A `TypeError` for a declaration that can't work.
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
      // It would be the same at every attempt.
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
