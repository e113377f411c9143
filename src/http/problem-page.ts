/** @module A problem as an HTML page, for users whose browser has navigated to a URL of the API. */

import { createHash } from "node:crypto";
import { html, raw } from "hono/html";

const STYLE =
  ":root{color-scheme:light dark;font:1.0625rem/1.6 system-ui,sans-serif}" +
  "body{max-width:34rem;margin:18vh auto 0;padding:0 1.25rem}" +
  "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}" +
  "p{margin:0 0 1rem}" +
  ".reference{opacity:.7;font-size:.875rem}";

export const PROBLEM_PAGE_HEADERS = {
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
} as const;

/** True for a browser that navigates, which lists HTML in `Accept`; `fetch`, curl and libraries accept anything. */
export function wantsPage(request: Request): boolean {
  return (request.headers.get("accept") ?? "")
    .split(",")
    .some((item) => /^\s*text\/html\s*(;|$)/i.test(item) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(item));
}

/** `home` is the target of its link. */
export function problemPage(problem: { title: string; detail: string; reference?: unknown }, home: string) {
  const { title, detail, reference } = problem;
  const trace = typeof reference === "string" ? html`<p class="reference">Reference: ${reference}</p>` : "";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${detail}</p>
${trace}
<p><a href="${home}">Back to the start page</a></p>
</main>
</body>
</html>
`;
}
