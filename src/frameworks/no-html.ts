/** @module In place of `first-html.ts` in bundles for browsers. */

import type { firstHtml as onTheServer } from "./element-html.ts";

export const firstHtml: typeof onTheServer = () => "";
