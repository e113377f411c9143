/** @module `carryout start`: requests a file and optionally waits for it and fetches it. */

import { Command, InvalidArgumentError } from "commander";
import { CarryoutError } from "../../errors.ts";
import type { Observer } from "../../tracker/observer.ts";
import type { DownloadStatus } from "../../tracker/status.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  jsonArgument,
  TO_FIND_A_CLUSTER,
  WrongUsage,
  withSettings,
} from "../context.ts";
import { saveFile } from "../fetch-file.ts";
import { nodeName, progressOf, remarkOf } from "../format.ts";
import { configuredGenerators, withObserver } from "../observer.ts";
import { downloadAsJson } from "../present.ts";

interface StartOptions {
  params?: unknown;
  param?: Record<string, unknown>;
  user: string;
  slot: string;
  wait?: true;
  output?: string;
  json?: true;
}

export function startCommand(context: CommandContext): Command {
  const command = withSettings(new Command("start"), [...TO_FIND_A_CLUSTER, "generators"])
    .summary("request a file")
    .description(
      "Request a file as a user of the page would. A living node makes it; without one, the request waits. A user " +
        "has one download per slot: an equal request joins a running one and replaces a finished one.",
    )
    .argument("<kind>", "which generator")
    .option("--params <json>", "its parameters, as a JSON object", jsonArgument)
    .option("--param <name=value>", "one parameter as text; name:=json for other types; repeatable", oneMore)
    .option("--user <id>", "the user who owns the download", "cli")
    .option("--slot <slot>", "the user's slot", "default")
    .option("--wait", "wait until it is ready; exit with 1 if it fails")
    .option("--output <file>", "wait, then write the file here; - for standard output")
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (kind: string, options: StartOptions) => {
    const params = parameters(options);
    if (options.json && options.output === "-")
      throw new WrongUsage("--json and --output - both write to standard output; give one of them");
    const config = await configOf(command, context);
    const request = async (observer: Observer) => {
      const { user, slot } = options;
      const { status, joined } = await observer.start({ user, slot, kind, params });
      const { id } = status.download;
      if (joined) context.terminal.say(`${id} was already running; joined it`);
      if (options.wait || options.output !== undefined) await waitFor(observer, id, options, context);
      else tell(status, options, context);
    };
    await withObserver(config, request, configuredGenerators);
  });
}

const EXAMPLES = {
  "carryout start cities.csv --param country=NL": "print the id of the new download",
  "carryout start cities.csv --wait --output cities.csv": "wait for the file and write it here",
  "carryout start fake --user me --slot second --json": "a second download for the same user",
};

/** Parser for commander: `--param name=text`, `--param name:=json`. */
function oneMore(given: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const [, name, colon, text] = /^([^=:]+)(:?)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || text === undefined) {
    throw new InvalidArgumentError("Expected name=value, or name:=json.");
  }
  return { ...before, [name]: colon === ":" ? jsonArgument(text) : text };
}

function parameters({ params, param }: StartOptions): unknown {
  if (param === undefined) return params;
  if (params === undefined) return param;
  throw new WrongUsage("give either --params or --param, not both");
}

function tell(status: DownloadStatus, options: StartOptions, { terminal }: CommandContext): void {
  terminal.answer(options.json ? JSON.stringify(downloadAsJson(status)) : status.download.id);
}

async function waitFor(
  observer: Observer,
  id: string,
  options: StartOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  if (observer.cluster().nodes.length === 0)
    terminal.say("No node is alive; the download waits for one. Press Ctrl-C to stop waiting.");
  const status = await untilFinished(observer, id, (line) => terminal.say(line));
  const { file, error } = status.download;
  if (file === null) {
    throw new CarryoutError("generation-failed", `${id} failed: ${error?.message ?? "no reason recorded"}`);
  }
  if (options.output !== undefined) await saveFile(observer, file, options.output, terminal);
  if (options.output !== "-") tell(status, options, context);
}

/** Reports progress whenever a change is worth a line. */
async function untilFinished(
  observer: Observer,
  id: string,
  say: (line: string) => void,
): Promise<DownloadStatus> {
  let said = "";
  return observer.until(() => {
    const status = observer.find(id);
    if (status === null) throw new CarryoutError("not-found", `${id} was cancelled`);
    const { state, progress } = status.download;
    if (state === "ready" || state === "error") return status;
    const step = `${state} ${status.node} ${status.position} ${Math.floor((progress.fraction ?? 0) * 10)}`;
    if (step !== said) {
      say(
        [state, progressOf(status), nodeName(status.node), remarkOf(status, Date.now())]
          .filter(Boolean)
          .join("  "),
      );
    }
    said = step;
    return undefined;
  });
}
