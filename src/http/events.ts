/** @module `/downloads/events`: a user's downloads as they are, then every change. */

import { hash } from "node:crypto";
import type { Context, Hono } from "hono";
import { isFinished } from "../download/download.ts";
import type { Clock } from "../ports/clock.ts";
import type { WatchEvent } from "../tracker/status.ts";
import { eventFrame } from "./event-streams.ts";
import { presentDownload } from "./present.ts";
import { HttpProblem } from "./problems.ts";
import type { Services } from "./services.ts";
import { whileAllowed } from "./while-allowed.ts";

/** Proxies and phones cut connections that are silent for longer. */
const IDLE_SILENCE_MS = 15_000;
/** While something is running, a client should notice quickly that its node froze. */
const BUSY_SILENCE_MS = 2_000;
/** Lifetime of a stream without a user: the browser reconnects with the cookie that it may have got meanwhile. */
const NOBODY_MS = 10_000;

export function eventRoutes(app: Hono, services: Services): void {
  // For tabs that follow another tab's stream, to check that it still belongs to their own user.
  app.get("/downloads/viewer", async (context) => {
    await services.identity.watching(context);
    return context.body(null, 204, { "Cache-Control": "no-store" });
  });

  app.get("/downloads/events", async (context) => {
    // Sets no cookie: a page opens its stream in parallel with its first request, whose cookie must not be replaced.
    const user = await services.identity.watching(context);
    const view = createView(services.basePath);
    const open = () =>
      services.streams.open(context, {
        source: (signal) => {
          if (user === null) return nothingYet(services.clock, signal);
          return services.carryout.watch(user, duringSession(context, services, user, signal));
        },
        frame: view.frame,
        silenceMs: () => (view.isBusy() ? BUSY_SILENCE_MS : IDLE_SILENCE_MS),
        user,
      });
    // Until its snapshot is sent, it costs as much as a list.
    const caller = services.networkOf(context).network ?? user;
    return caller === null ? open() : services.callerLimiter.take(caller, open);
  });
}

/** Ends when the same request would belong to another user, or to none. */
function duringSession(
  context: Context,
  { identity, clock, sessionCheckMs, logDeferred }: Services,
  user: string,
  signal: AbortSignal,
): AbortSignal {
  const isAllowed = async () => {
    try {
      return (await identity.known(context)) === user;
    } catch (error) {
      if (error instanceof HttpProblem && error.code === "unauthenticated") return false;
      throw error;
    }
  };
  const onFailure = (error: unknown) =>
    logDeferred(error, {}, "the user of an event stream can't be checked");
  return whileAllowed(signal, { clock, everyMs: sessionCheckMs, isAllowed, onFailure });
}

async function* nothingYet(clock: Clock, signal: AbortSignal): AsyncIterable<WatchEvent> {
  yield { type: "snapshot", downloads: [] };
  await clock.sleep(NOBODY_MS, signal);
}

/**
 * What one client was last sent, as digests: equal states are not sent again, and a stream's memory does not depend on
 * the length of its texts.
 */
function createView(basePath: string) {
  const told = new Map<string, { digest: string; finished: boolean }>();

  const remember = (status: Parameters<typeof presentDownload>[0]): string | null => {
    const { id } = status.download;
    const json = JSON.stringify(presentDownload(status, basePath));
    const digest = hash("sha1", json, "base64");
    if (told.get(id)?.digest === digest) return null;
    told.set(id, { digest, finished: isFinished(status.download) });
    return json;
  };

  return {
    isBusy: () => [...told.values()].some(({ finished }) => !finished),
    frame(event: WatchEvent): string | null {
      if (event.type === "snapshot") {
        told.clear();
        return eventFrame("snapshot", `{"downloads":[${event.downloads.map(remember).join(",")}]}`);
      }
      if (event.type === "removed") {
        return told.delete(event.id) ? eventFrame("removed", JSON.stringify({ id: event.id })) : null;
      }
      const json = remember(event.status);
      return json === null ? null : eventFrame("download", json);
    },
  };
}
