/** @module `/downloads`: requesting, inspecting, cancelling and dismissing downloads. */

import type { Context, Hono } from "hono";
import { isExpired } from "../download/transitions.ts";
import { isCarryoutError } from "../errors.ts";
import type { DownloadStatus } from "../tracker/status.ts";
import { bodyType, type FormFields, firstOf, parseForm, parseJson, readBody } from "./body.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { pageOf } from "./pages.ts";
import { downloadUrl, presentDownload, retryAfterSeconds } from "./present.ts";
import { HttpProblem, limitOf, problemOf } from "./problems.ts";
import { requestHost } from "./request-origin.ts";
import { returnPath } from "./return-to.ts";
import { revalidated } from "./revalidated.ts";
import type { Services } from "./services.ts";
import { fromForm, fromJson } from "./start-request.ts";

export function downloadRoutes(app: Hono, services: Services): void {
  const { carryout, identity, basePath, limits, clock, networkOf } = services;

  app.post("/downloads", async (context) => {
    const type = bodyType(context.req.raw);
    if (type !== "json") {
      return submitForm(context, services, async (fields) => {
        const user = await identity.required(context);
        const asked = { ...fromForm(fields), ...networkOf(context), user };
        await start(services, () => carryout.start(asked));
      });
    }
    const asked = fromJson(parseJson(await readBody(context.req.raw, limits, clock)));
    const key = idempotencyKey(context.req.raw.headers);
    const again = key === null ? {} : { idempotencyKey: key };
    const user = await identity.required(context);
    const whole = { ...asked, ...again, ...networkOf(context), user };
    return accepted(context, services, await start(services, () => carryout.start(whole)));
  });

  app.get("/downloads", async (context) => {
    const { limit, after } = context.req.query();
    const user = await identity.required(context);
    return services.callerLimiter.take(networkOf(context).network ?? user, async () => {
      const { page, next } = await pageOf((wanted) => carryout.list(user, wanted), { limit, after });
      if (next !== null) context.header("Link", `<${basePath}/downloads?${next}>; rel="next"`);
      return revalidated(context, { downloads: page.map((status) => presentDownload(status, basePath)) });
    });
  });

  app.get("/downloads/:id", async (context) => {
    const status = await ownDownload(context, services);
    if (isExpired(status.download, services.clock.now())) throw notFound();
    sayWhenToLookAgain(context, status);
    return revalidated(context, presentDownload(status, basePath));
  });

  app.delete("/downloads/:id", async (context) => {
    await removeOwn(context, services);
    return context.body(null, 204);
  });

  app.post("/downloads/:id/retry", async (context) =>
    accepted(context, services, await retryOwn(context, services)),
  );

  // The alternative for forms without JavaScript.
  app.post("/downloads/:id", (context) =>
    submitForm(context, services, async (fields) => {
      const method = firstOf(fields, "_method")?.toLowerCase();
      if (method === "delete") await removeOwn(context, services);
      else if (method === "retry") await retryOwn(context, services);
      else throw new HttpProblem("invalid-request", 'the field _method must be "delete" or "retry"');
    }),
  );
}

/** The caller's download with the URL's id. Fails with `not-found`, also for another user's. */
export async function ownDownload(context: Context, services: Services): Promise<DownloadStatus> {
  const id = context.req.param("id") ?? "";
  const user = await services.identity.known(context);
  const status = user === null ? null : await services.carryout.fetch(user, id);
  if (status) return status;
  throw notFound();
}

async function removeOwn(context: Context, { identity, carryout }: Services): Promise<void> {
  const user = await identity.known(context);
  if (user === null || !(await carryout.remove(user, context.req.param("id") ?? ""))) throw notFound();
}

async function retryOwn(context: Context, services: Services): Promise<Started> {
  const { identity, carryout } = services;
  const user = await identity.known(context);
  const id = context.req.param("id") ?? "";
  const started = user === null ? null : await start(services, () => carryout.retry(user, id));
  if (started) return started;
  throw notFound();
}

function notFound(): HttpProblem {
  return new HttpProblem(
    "not-found",
    "You have no download with this id. It may have been dismissed or expired.",
  );
}

interface Started {
  status: DownloadStatus;
  joined: boolean;
}

function accepted(context: Context, { basePath }: Services, { status, joined }: Started): Response {
  context.header("Location", downloadUrl(status.download.id, basePath));
  sayWhenToLookAgain(context, status);
  context.header("Cache-Control", "no-store");
  return context.json(presentDownload(status, basePath), joined ? 200 : 202);
}

/** Adds the extension members of the contract to refusals. */
async function start<Answer>({ carryout, basePath }: Services, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!isCarryoutError(error)) throw error;
    if (error.code === "unknown-kind") {
      throw new HttpProblem(error.code, error.message, {
        members: { kinds: carryout.kinds() },
        cause: error,
      });
    }
    if (error.code === "download-in-progress") {
      const running = error.details.status as DownloadStatus;
      const members = { download: presentDownload(running, basePath) };
      throw new HttpProblem(error.code, error.message, { members, cause: error });
    }
    throw error;
  }
}

/** Carries out a form's request and redirects to its page, with a problem's code in the query. For forms only. */
async function submitForm(
  context: Context,
  services: Services,
  act: (fields: FormFields) => Promise<void>,
): Promise<Response> {
  const request = context.req.raw;
  const type = bodyType(request);
  if (type === "json") {
    throw new HttpProblem("unsupported-media-type", "Expected a form; use DELETE for JSON requests.");
  }
  const { limits, clock, homePath } = services;
  const body = await readBody(request, limits, clock);
  const contentType = request.headers.get("content-type") ?? "";
  const fields = await parseForm(type, body, { contentType, maxFields: limits.maxFormFields });
  const problem = await codeOfFailure(() => act(fields), context, services);
  const host = requestHost(request, services);
  return context.redirect(
    returnPath(firstOf(fields, "return_to"), request.headers.get("referer"), host, problem, homePath),
    303,
  );
}

/** Null on success. Unexpected failures are rethrown, to be logged and answered as such. */
async function codeOfFailure(
  act: () => Promise<void>,
  context: Context,
  { log, refused }: Services,
): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    const { body } = problemOf(error);
    if (body.code === "internal-error" || body.code === "unauthenticated") throw error;
    const limit = limitOf(error);
    if (limit !== null) refused(context, limit);
    log.info({ code: body.code }, "form refused");
    return body.code;
  }
}

function sayWhenToLookAgain(context: Context, status: DownloadStatus): void {
  const seconds = retryAfterSeconds(status);
  if (seconds !== null) context.header("Retry-After", String(seconds));
}
