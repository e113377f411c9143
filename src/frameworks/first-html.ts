/**
 * @module What a framework's server renders into an element. Bundles for browsers have `no-html.ts` in place of this
 * (`browser` in package.json): they find the server's HTML in the page, and need no words of eight languages to make it.
 */

export { firstHtml } from "./element-html.ts";
