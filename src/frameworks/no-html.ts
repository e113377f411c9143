/** @module In place of `first-html.ts` in bundles for browsers. */

import type { firstHtml as onTheServer } from "./first-html.ts";

export const firstHtml: typeof onTheServer = () => "";
