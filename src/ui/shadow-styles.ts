/** @module The styles of the shadow trees: those of `carryout.css`, which the page has loaded for its first paint. */

import { CLIENT_VERSION } from "../client/page-downloads.ts";
import { servedFrom } from "../client/script-base.ts";
import { backoff, browserTiming, pause } from "../client/timing.ts";

const LONGEST_PAUSE_MS = 8_000;
const LONGEST_ANSWER_MS = 10_000;

/** One for all elements, so that browsers parse it once. */
let sheet: CSSStyleSheet | null = null;
let loading: Promise<void> | null = null;

/** None until they are loaded. */
export function shadowStyles(): CSSStyleSheet[] {
  return sheet ? [sheet] : [];
}

/** Null if they are there already. */
export function loadStyles(): Promise<void> | null {
  if (sheet) return null;
  loading ??= load();
  return loading;
}

/** Tries until it works: the node that served the script may be gone. */
async function load(): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const sections = (await linked()) ?? (await bundled());
    if (sections) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(shadowCss(sections));
      return;
    }
    const ms = backoff(browserTiming, attempt, 500, LONGEST_PAUSE_MS);
    await pause(browserTiming, ms);
  }
}

/** In place of the names of the elements, which the first section is about, there is the host. */
function shadowCss([_names, properties, rules, _end, frames]: readonly string[]): string {
  return `:host{${properties}}:host([hidden]){display:none}${rules}${frames}`;
}

/**
 * From the file that the page links, else the one beside the script. Null if a node served neither, or one of another
 * version: while nodes are updated, script and styles may come from different ones.
 */
async function linked(): Promise<readonly string[] | null> {
  const link = document.querySelector<HTMLLinkElement>('link[href*="/carryout.css"]');
  const base = servedFrom(import.meta.url, location.origin);
  const url = link?.href ?? (base === null ? null : `${base}/carryout/carryout.css`);
  if (url === null) return null;
  try {
    // The page has just loaded what it links: the browser need not ask whether it is fresh.
    const cache = link ? "force-cache" : "default";
    const response = await fetch(url, { cache, signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
    const [version, ...sections] = (await response.text()).split("\n");
    return version === `/*! carryout ${CLIENT_VERSION} */` ? sections : null;
  } catch {
    return null; // Unreachable, or of an origin that this page may not read.
  }
}

/** For an application's own bundle, and for what a page may not fetch. */
async function bundled(): Promise<readonly string[] | null> {
  return import("./styles.ts").then(
    (module) => module.pageSections,
    () => null,
  );
}
