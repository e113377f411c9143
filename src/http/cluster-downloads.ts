/** @module `/cluster/downloads`: operators find the downloads of all users, read their stories, cancel and retry them. */

import type { Context, Hono, MiddlewareHandler } from "hono";
import type { DownloadState } from "../download/download.ts";
import type { Outcomes } from "../wire/operations.ts";
import { idsSchema } from "../wire/operations.ts";
import { bodyType, parseJson, readBody, shaped } from "./body.ts";
import { clientAddress } from "./client-address.ts";
import type { Shares } from "./own-share.ts";
import { invalidQuery, pageLimit } from "./pages.ts";
import { timestamp } from "./present.ts";
import { presentFound, presentStoryEvent } from "./present-operations.ts";
import { HttpProblem, problemOf } from "./problems.ts";
import type { Services } from "./services.ts";

const STATES: readonly DownloadState[] = ["pending", "processing", "ready", "error"];
const LIMITS = { usual: 50, most: 200 };
/** How many of the ids of one call are worked on at a time. */
const AT_A_TIME = 8;

type Result = Outcomes["results"][number];

export function clusterDownloadRoutes(
  app: Hono,
  services: Services,
  { operatorsOnly, shares }: { operatorsOnly: MiddlewareHandler; shares: Shares },
): void {
  const { carryout, basePath, log, trustProxy } = services;

  app.get("/cluster/downloads", operatorsOnly, async (context) => {
    const query = context.req.query();
    const search = {
      id: query.id || undefined,
      user: query.user || undefined,
      kind: query.kind || undefined,
      state: stateOf(query.state || undefined),
      limit: pageLimit(query.limit, LIMITS),
    };
    const { found, next } = await carryout.operations.find({ ...search, after: query.after || undefined });
    if (next !== null) {
      const given = Object.entries({ ...search, after: next }).filter(([, value]) => value !== undefined);
      const following = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
      context.header("Link", `<${basePath}/cluster/downloads?${following}>; rel="next"`);
    }
    context.header("Cache-Control", "no-store");
    return context.json({ downloads: found.map(presentFound), next });
  });

  app.get("/cluster/downloads/:id", operatorsOnly, async (context) => {
    const id = context.req.param("id");
    const [story, known] = await Promise.all([carryout.operations.story(id), shares.download(id)]);
    if (story === null) throw new HttpProblem("not-found", "No user has a download with this id.");
    const { download } = story.status;
    const { count, at } = story.checkpoints;
    context.header("Cache-Control", "no-store");
    return context.json({
      download: presentFound(story.status),
      events: download.story.events.map(presentStoryEvent),
      dropped: download.story.dropped,
      checkpoints: { count, at: timestamp(at), bytes: story.savedBytes },
      ...known,
    });
  });

  app.post("/cluster/downloads/cancel", operatorsOnly, async (context) =>
    forEach(context, services, async (id) => {
      const outcome = await carryout.operations.cancel(id);
      if (outcome === "unknown") return refused(id, "not-found", "No user has a download with this id.");
      if (outcome === "finished") return refused(id, "finished", "It is finished; its file stays.");
      const address = clientAddress(context, trustProxy);
      log.info({ download: id, address }, "operator cancelled a download");
      return { id, result: "cancelled" };
    }),
  );

  app.post("/cluster/downloads/retry", operatorsOnly, async (context) =>
    forEach(context, services, async (id) => {
      const started = await carryout.operations.retry(id);
      if (started === null) return refused(id, "not-found", "No user has a download with this id.");
      const download = started.status.download.id;
      const address = clientAddress(context, trustProxy);
      log.info({ download, retryOf: id, address }, "operator retried a download");
      return { id, result: "retried", download };
    }),
  );
}

/** Each id has its own result: one that is refused does not stop the others. */
async function forEach(
  context: Context,
  { limits, clock, log }: Services,
  act: (id: string) => Promise<Result>,
): Promise<Response> {
  const ids = await idsOf(context, { limits, clock });
  const settle = async (id: string): Promise<Result> => {
    try {
      return await act(id);
    } catch (error) {
      const { body } = problemOf(error);
      if (body.code === "internal-error") log.error({ download: id, error }, "an operator's request failed");
      return refused(id, body.code, body.detail);
    }
  };
  const results: Result[] = [];
  for (let at = 0; at < ids.length; at += AT_A_TIME)
    results.push(...(await Promise.all(ids.slice(at, at + AT_A_TIME).map(settle))));
  context.header("Cache-Control", "no-store");
  return context.json({ results } satisfies Outcomes);
}

async function idsOf(
  context: Context,
  { limits, clock }: Pick<Services, "limits" | "clock">,
): Promise<string[]> {
  const request = context.req.raw;
  if (bodyType(request) !== "json")
    throw new HttpProblem("unsupported-media-type", "Expected application/json: { ids }.");
  return [...new Set(shaped(idsSchema, parseJson(await readBody(request, limits, clock))).ids)];
}

function refused(id: string, code: string, message: string): Result {
  return { id, result: "refused", code, message };
}

function stateOf(text: string | undefined): DownloadState | undefined {
  const state = STATES.find((one) => one === text);
  if (text === undefined || state !== undefined) return state;
  throw invalidQuery("state", `must be one of ${STATES.join(", ")}`);
}
