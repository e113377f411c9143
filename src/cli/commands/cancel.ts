/** @module `carryout cancel`: removes a download, running or finished. */

import { Command } from "commander";
import { CarryoutError, messageOf } from "../../errors.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { type Observer, withObserver } from "../observer.ts";
import { pick } from "./show.ts";

/** The holder writes as well; each round lost is one of its writes. */
const MOST_ROUNDS = 100;

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
      const { download } = pick(observer.downloads(), id);
      await remove(observer, download.id, context);
      const verb = download.expiresAt === null ? "cancelled" : "dismissed";
      context.terminal.answer(
        options.json ? JSON.stringify({ id: download.id, verb }) : `${verb} ${download.id}`,
      );
    });
  });
}

/** Record first, bytes second: what a crash between leaves is swept by a node. */
async function remove(observer: Observer, id: string, { terminal }: CommandContext): Promise<void> {
  const { repo, files } = observer.engine;
  const key = observer.stored(id)?.key;
  for (let round = 0; key !== undefined && round < MOST_ROUNDS; round++) {
    const stored = await repo.fetch(key);
    if (stored?.download.id !== id) return;
    if (!(await repo.remove(key, stored.version))) continue;
    return files.remove(`${id}/`).catch((error) => {
      terminal.say(`Its bytes remain until the next sweep: ${messageOf(error)}`);
    });
  }
  throw new CarryoutError("unavailable", "too much contention on this download; retry", { retriable: true });
}
