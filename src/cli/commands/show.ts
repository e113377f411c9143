/** @module `carryout show`: everything known about one download. */

import { Command } from "commander";
import type { Checkpoint, StoryEvent } from "../../download/download.ts";
import { CarryoutError } from "../../errors.ts";
import { printableLine } from "../../telemetry/printable.ts";
import type { DownloadStatus } from "../../tracker/status.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { bytes, progressOf, remarkOf, span } from "../format.ts";
import { withObserver } from "../observer.ts";
import { downloadAsJson } from "../present.ts";

export function showCommand(context: CommandContext): Command {
  const command = withSettings(new Command("show"), TO_FIND_A_CLUSTER)
    .summary("explain one download")
    .description(
      "Print everything known about one download: its state, holder, checkpoint, file or error, and its story.",
    )
    .argument("<id>", "the download's id, or a prefix of it")
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (id: string, options: { json?: true }) => {
    const config = await configOf(command, context);
    await withObserver(config, async (observer) => {
      const status = pick(await observer.matching(id), id);
      if (options.json) return context.terminal.answer(JSON.stringify(downloadAsJson(status)));
      const checkpoint = await observer.checkpointOf(status.download);
      for (const line of facts(status, checkpoint, Date.now())) context.terminal.answer(line);
    });
  });
}

const EXAMPLES = {
  "carryout show 5mYB": "a prefix of the id is enough",
  "carryout show 5mYB --json": "the same as JSON",
};

/** The download whose id begins with this, of those that match. Errors: `not-found`, or `invalid-request` if several match. */
export function pick(downloads: readonly DownloadStatus[], id: string): DownloadStatus {
  const exact = downloads.find(({ download }) => download.id === id);
  const near = exact ? [exact] : downloads.filter(({ download }) => download.id.startsWith(id));
  const [found, another] = near;
  if (!found) {
    throw new CarryoutError("not-found", `unknown download ${JSON.stringify(id)}; "carryout ls" lists them`);
  }
  if (another) {
    throw new CarryoutError(
      "invalid-request",
      `${near.length} downloads begin with ${JSON.stringify(id)}; give more of the id`,
    );
  }
  return found;
}

function facts(status: DownloadStatus, checkpoint: Checkpoint | null, now: number): string[] {
  const { download } = status;
  const { file } = download;
  const at = (time: number | null) =>
    time === null
      ? null
      : `${new Date(time).toISOString()} (${span(Math.abs(now - time))} ${time > now ? "ahead" : "ago"})`;
  const all: [string, string | null][] = [
    ["id", download.id],
    ["user", download.user],
    ["slot", download.slot],
    ["kind", download.kind],
    ["params", JSON.stringify(download.params)],
    ["state", [download.state, progressOf(status)].filter(Boolean).join(", ")],
    ["remark", remarkOf(status, now)],
    ["node", status.node ?? download.node],
    ["epoch", `${download.epoch} (${download.failures} failures, ${download.handovers} handovers)`],
    ["checkpoint", checkpoint && `${bytes(checkpoint.size)} in ${checkpoint.parts.length} parts`],
    ["file", file && `${file.name}, ${file.type}, ${file.size} bytes in ${file.parts.length} parts`],
    ["sha256", file?.sha256 ?? null],
    ["error", download.error && `${download.error.code}: ${download.error.message}`],
    ["requested", at(download.requestedAt)],
    ["started", at(download.startedAt)],
    ["finished", at(download.finishedAt)],
    ["waits", download.backoffMs > 0 ? `${span(download.backoffMs)} after a failure` : null],
    ["expires", at(download.expiresAt)],
  ];
  for (const event of download.story.events) all.push(["story", toldEvent(event)]);
  return all
    .filter(([, value]) => value)
    .map(([name, value]) => `${name.padEnd(12)}${printableLine(value ?? "")}`);
}

function toldEvent({ at, type, node, from, anew, code, message }: StoryEvent): string {
  const facts = [
    node && `by ${node}`,
    from && `after the death of ${from}`,
    anew && "from the beginning",
    code && `${code}: ${message ?? ""}`,
  ];
  return [new Date(at).toISOString(), type, ...facts.filter(Boolean)].join(" ");
}
