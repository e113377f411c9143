/** @module The user of an answer: the server names the viewer, so that a page notices a user change or lost session. */

export interface Viewer {
  /** Differs between users; null when the answer has no user. */
  tag: string | null;
  /** The cookie has only just been set: whether the browser keeps it is not known yet. */
  isNew: boolean;
}

export function viewerOf(response: Response): Viewer {
  const [tag = "", note] = (response.headers.get("carryout-viewer") ?? "").split(";");
  return { tag: tag.trim() || null, isNew: note?.trim() === "new" };
}

/**
 * True for a response that is not Carryout's: a sign-in page, or a redirect to it. Request with `redirect: "manual"`,
 * or a redirect to another site looks like a lost connection.
 */
export function isSignInPage(response: Response): boolean {
  const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
  return response.type === "opaqueredirect" || isRedirect(response) || (response.ok && isPage);
}

function isRedirect({ status }: Response): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

/** The current viewer according to the headers of this URL; null if it can't be determined now. */
export async function askViewer(url: string, send: typeof fetch): Promise<Viewer | "signed-out" | null> {
  try {
    const response = await send(url, {
      method: "HEAD",
      cache: "no-store",
      credentials: "include",
      redirect: "manual",
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
    });
    if (response.status === 401) return "signed-out";
    return response.ok && !isSignInPage(response) ? viewerOf(response) : null;
  } catch {
    return null; // Unreachable: the caller asks again if it needs to know.
  }
}

const LONGEST_ANSWER_MS = 10_000;
