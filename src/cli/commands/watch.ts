/** @module `carryout watch`: downloads as they run, move and end. */

import { Command } from "commander";
import { isFinished } from "../../download/download.ts";
import type { Observer, ObserverEvent } from "../../tracker/observer.ts";
import type { DownloadStatus } from "../../tracker/status.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { nodeName, progressOf, remarkOf, table } from "../format.ts";
import { withObserver } from "../observer.ts";
import { downloadAsJson } from "../present.ts";
import { untilStopped } from "../stop-signals.ts";

/** Interval between two redraws on a terminal. */
const PICTURE_MS = 100;
/** How long a finished download stays on the terminal. */
const LINGER_MS = 30_000;

export function watchCommand(context: CommandContext): Command {
  const command = withSettings(new Command("watch"), TO_FIND_A_CLUSTER)
    .summary("watch downloads live")
    .description(
      "Show running and waiting downloads, live, until Ctrl-C. On a terminal the view updates in place; otherwise one " +
        "line per change; with --json one JSON object per line.",
    )
    .argument("[id]", "only this download, until it ends")
    .option("--user <id>", "only this user's")
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (id: string | undefined, options: { user?: string; json?: true }) => {
    const config = await configOf(command, context);
    const isMeant = ({ download }: DownloadStatus) =>
      (id === undefined || download.id.startsWith(id)) &&
      (options.user === undefined || download.user === options.user);
    await withObserver(config, async (observer) => {
      await (id === undefined ? observer.readHistory(options.user) : observer.matching(id));
      const stop = id === undefined ? null : untilEnded(observer, isMeant);
      if (options.json)
        await each(observer, isMeant, stop, (event) => context.terminal.answer(asJson(event)));
      else if (context.terminal.isInteractive) await picture(observer, isMeant, stop, context);
      else await each(observer, isMeant, stop, (event) => context.terminal.answer(asLine(event)));
    });
  });
}

const EXAMPLES = {
  "carryout watch": "then kill a node in another terminal and watch its downloads move",
  "carryout watch 5mYB": "one download until it ends",
  "carryout watch --json": "a JSON object per change, for programs",
};

type DownloadEvent = Exclude<ObserverEvent, { type: "nodes" }>;

/** Prints the current state, then every change, until Ctrl-C or until the watched download has ended. */
async function each(
  observer: Observer,
  isMeant: (status: DownloadStatus) => boolean,
  ended: Promise<unknown> | null,
  tell: (event: DownloadEvent) => void,
): Promise<void> {
  const told = new Set<string>();
  const unlisten = observer.listen((event) => {
    if (event.type === "removed" && told.delete(event.id)) tell(event);
    if (event.type === "download" && isMeant(event.status)) {
      told.add(event.status.download.id);
      tell(event);
    }
  });
  for (const status of observer.downloads().filter(isMeant).reverse()) {
    told.add(status.download.id);
    tell({ type: "download", status });
  }
  await untilStopped(ended);
  unlisten();
}

async function picture(
  observer: Observer,
  isMeant: (status: DownloadStatus) => boolean,
  ended: Promise<unknown> | null,
  { terminal }: CommandContext,
): Promise<void> {
  const draw = () => terminal.redraw(lines(observer, isMeant, Date.now()));
  draw();
  const timer = setInterval(draw, PICTURE_MS);
  await untilStopped(ended);
  clearInterval(timer);
  draw();
}

function lines(observer: Observer, isMeant: (status: DownloadStatus) => boolean, now: number): string[] {
  const shown = observer
    .downloads()
    .filter(isMeant)
    .filter(({ download }) => download.finishedAt === null || now - download.finishedAt < LINGER_MS);
  const nodes = observer
    .cluster()
    .nodes.map(({ name, running, capacity }) => `${name} ${running}/${capacity}`);
  const rows = shown.map((status) => {
    const { id, state, kind, epoch } = status.download;
    const where = state === "processing" ? `${nodeName(status.node)}, epoch ${epoch}` : "";
    return [id.slice(0, 8), state, bar(status), progressOf(status), kind, where, remarkOf(status, now)];
  });
  const heading = nodes.length === 0 ? "no node is alive" : `nodes: ${nodes.join("  ")}`;
  const body =
    rows.length === 0 ? ["nothing is running"] : table(["ID", "STATE", "", "DONE", "KIND", "NODE", ""], rows);
  return [heading, "", ...body];
}

const BAR_WIDTH = 20;

function bar({ download }: DownloadStatus): string {
  const full = Math.floor((download.progress.fraction ?? 0) * BAR_WIDTH);
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}`;
}

/** Resolves when no watched download is unfinished any more. */
async function untilEnded(observer: Observer, isMeant: (status: DownloadStatus) => boolean): Promise<void> {
  await observer.until(() => {
    const running = observer.downloads().some((status) => isMeant(status) && !isFinished(status.download));
    return running ? undefined : true;
  });
}

function asJson(event: DownloadEvent): string {
  return JSON.stringify(
    event.type === "removed" ? event : { type: event.type, download: downloadAsJson(event.status) },
  );
}

function asLine(event: DownloadEvent): string {
  const now = Date.now();
  const time = new Date(now).toISOString().slice(11, 23);
  if (event.type === "removed") return `${time}  ${event.id}  removed`;
  const { status } = event;
  const { id, state, kind, epoch } = status.download;
  const where = state === "processing" ? `${nodeName(status.node)}, epoch ${epoch}` : null;
  return [time, id, state, progressOf(status), kind, where, remarkOf(status, now)].filter(Boolean).join("  ");
}
