/** @module Whose answer it is: the server names its viewer, so that a page notices another user or a lost session. */

export interface Viewer {
  /** Differs between users; null when the answer has no user. */
  tag: string | null;
  /** The cookie has only now been given: whether the browser keeps it is yet to be seen. */
  isNew: boolean;
}

export function viewerOf(response: Response): Viewer {
  const [tag = "", note] = (response.headers.get("carryout-viewer") ?? "").split(";");
  return { tag: tag.trim() || null, isNew: note?.trim() === "new" };
}

/**
 * True for what stands where Carryout's answer should: a sign-in page, or the way to it. Ask with `redirect: "manual"`,
 * or a way that leads to another site looks like a lost connection.
 */
export function isSignInPage(response: Response): boolean {
  const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
  return response.type === "opaqueredirect" || isRedirect(response) || (response.ok && isPage);
}

function isRedirect({ status }: Response): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

/** Who this browser is to the server now, by the headers of this URL; null while that can't be learned. */
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
    return null; // Away: whoever needs to know asks again.
  }
}

const LONGEST_ANSWER_MS = 10_000;
