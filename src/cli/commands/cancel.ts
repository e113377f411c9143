/** @module `carryout cancel`: removes a download, running or finished. */

import { Command } from "commander";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { withObserver } from "../observer.ts";
import { pick } from "./show.ts";

export function cancelCommand(context: CommandContext): Command {
  const command = withSettings(new Command("cancel"), TO_FIND_A_CLUSTER)
    .summary("cancel or dismiss a download")
    .description(
      "Cancel a running download, or dismiss a finished one. Its record and its file are gone afterwards.",
    )
    .argument("<id>", "the download's id, or a prefix of it")
    .option(...JSON_FLAG)
    .addHelpText("after", examples({ "carryout cancel 5mYB": "the node that makes it stops at once" }));
  return command.action(async (id: string, options: { json?: true }) => {
    const config = await configOf(command, context);
    await withObserver(config, async (observer) => {
      const { download } = pick(await observer.matching(id), id);
      await observer.remove(download.user, download.id);
      const verb = download.expiresAt === null ? "cancelled" : "dismissed";
      context.terminal.answer(
        options.json ? JSON.stringify({ id: download.id, verb }) : `${verb} ${download.id}`,
      );
    });
  });
}
