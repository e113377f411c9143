/** @module `carryout backup`: copies records and files of a data folder while its nodes run. */

import { join, resolve } from "node:path";
import { Command } from "commander";
import { backUp } from "../../engines/sqlite/backup.ts";
import { CarryoutError } from "../../errors.ts";
import { type CommandContext, configOf, examples, TO_FIND_A_CLUSTER, withSettings } from "../context.ts";

export function backupCommand(context: CommandContext): Command {
  const command = withSettings(new Command("backup"), TO_FIND_A_CLUSTER)
    .summary("copy records and files")
    .description(
      "Copy the records, as of one moment, and the files of the embedded engine into a folder that is empty or does " +
        "not exist yet. Nodes may keep running. The copy is a data folder: start nodes with it, or restore it over a lost one.",
    )
    .argument("<folder>", "where the backup goes")
    .addHelpText(
      "after",
      examples({ "carryout backup /backup/today": "then: --engine sqlite:/backup/today" }),
    );
  return command.action(async (folder: string) => {
    const { engine, files } = await configOf(command, context);
    if (engine.dir === undefined) {
      throw new CarryoutError(
        "invalid-config",
        "only the embedded engine can be backed up this way, as its data is a folder. NATS and PostgreSQL have their own: " +
          "nats account backup, pg_dump",
      );
    }
    const dir = resolve(engine.dir);
    const parts = files?.dir === undefined ? join(dir, "files") : resolve(files.dir);
    const backup = await backUp({ dir, files: parts, to: resolve(folder) });
    const elsewhere =
      files === undefined || files.dir !== undefined ? "" : `; the bytes in ${files.name} stay there`;
    context.terminal.answer(
      `${resolve(folder)} holds the records and ${backup.files} parts of files${elsewhere}`,
    );
  });
}
