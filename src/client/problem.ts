/** @module Why a call to the API failed. */

/** Why a call failed, for users and for programs. */
export interface Problem {
  /** The server's code, or "unreachable", "signed-out", "no-cookies". */
  code: string;
  message: string;
  /** URI of the kind of problem (RFC 9457), and the response's status; absent if the server did not answer with one. */
  type?: string;
  status?: number;
  /** True if the same call may succeed later. */
  retriable: boolean;
  /** What is wrong with which parameter, if that is why. */
  errors?: readonly { path: string; message: string }[];
}

export const UNREACHABLE: Problem = {
  code: "unreachable",
  message: "The server could not be reached.",
  retriable: true,
};

export const SIGNED_OUT: Problem = {
  code: "signed-out",
  message: "Your session has ended. Sign in again, or reload the page.",
  retriable: true,
};

export const NO_COOKIES: Problem = {
  code: "no-cookies",
  message:
    "Your browser blocks cookies for this page, so it could not receive a file. Allow cookies, or open the page in its own window.",
  retriable: true,
};

export async function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}

/** Reads application/problem+json; the last segment of its type URI is the code. */
export function problemOf(response: Response, body: unknown): Problem {
  const problem = (body ?? {}) as {
    type?: unknown;
    title?: unknown;
    detail?: unknown;
    code?: unknown;
    errors?: unknown;
  };
  const type = typeof problem.type === "string" ? problem.type : undefined;
  const code = typeof problem.code === "string" ? problem.code : type?.split(/[/#:]/).pop();
  const message = [problem.detail, problem.title].find((text) => typeof text === "string");
  const errors = Array.isArray(problem.errors) ? problem.errors.filter(isMismatch) : [];
  return {
    code: code || `http-${response.status}`,
    message: message ?? `The server answered ${response.status}.`,
    ...(type !== undefined && { type }),
    status: response.status,
    retriable: response.status >= 500 || response.status === 429,
    ...(errors.length > 0 && { errors }),
  };
}

function isMismatch(value: unknown): value is { path: string; message: string } {
  const { path, message } = (value ?? {}) as { path?: unknown; message?: unknown };
  return typeof path === "string" && typeof message === "string";
}
