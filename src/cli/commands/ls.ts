/** @module `carryout ls`: the downloads of all users. */

import { Command, Option } from "commander";
import type { DownloadState } from "../../download/download.ts";
import { MOST_ARCHIVED } from "../../tracker/all-downloads.ts";
import type { DownloadStatus } from "../../tracker/status.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { nodeName, progressOf, remarkOf, span, table } from "../format.ts";
import { withObserver } from "../observer.ts";
import { downloadAsJson } from "../present.ts";

const STATES: DownloadState[] = ["pending", "processing", "ready", "error"];

export function lsCommand(context: CommandContext): Command {
  const command = withSettings(new Command("ls"), TO_FIND_A_CLUSTER)
    .summary("list downloads")
    .description(
      "List the downloads of all users, newest request first. Reads from the engine, not from a node.",
    )
    .option("--user <id>", "only this user's")
    .addOption(new Option("--state <state>", "only those in this state").choices(STATES))
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (options: { user?: string; state?: string; json?: true }) => {
    const config = await configOf(command, context);
    await withObserver(config, async (observer) => {
      const isCut = await observer.readHistory(options.user);
      const shown = observer
        .downloads()
        .filter(({ download }) => options.user === undefined || download.user === options.user)
        .filter(({ download }) => options.state === undefined || download.state === options.state);
      if (options.json) context.terminal.answer(JSON.stringify(shown.map(downloadAsJson)));
      else print(shown, context);
      if (isCut) context.terminal.say(`Of finished downloads, only the newest ${MOST_ARCHIVED} are listed.`);
    });
  });
}

const EXAMPLES = {
  "carryout ls": "everything in the data folder .carryout",
  "carryout ls --state processing": "what is running, and where",
  "carryout ls --json | jq -r '.[].id'": "ids for a script",
};

function print(shown: readonly DownloadStatus[], { terminal }: CommandContext): void {
  if (shown.length === 0) terminal.say("There are no downloads.");
  for (const line of downloadTable(shown, Date.now())) terminal.answer(line);
}

export function downloadTable(shown: readonly DownloadStatus[], now: number): string[] {
  const rows = shown.map((status) => {
    const { id, state, kind, user, requestedAt } = status.download;
    const where = state === "processing" ? nodeName(status.node) : "";
    return [id, state, progressOf(status), kind, user, where, span(now - requestedAt), remarkOf(status, now)];
  });
  return table(["ID", "STATE", "DONE", "KIND", "USER", "NODE", "AGE", ""], rows);
}
