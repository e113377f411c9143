/** @module Checks that rendered HTML has no markup but its own. */

import assert from "node:assert/strict";

/** Every `<` begins a known tag, and no event handler attribute appears. */
export function assertHarmless(html: string): void {
  const ours =
    /<\/?(carryout-button|carryout-export|carryout-tray|carryout-progress|form|input|button|svg|path|circle|rect|noscript|strong|span|p|section|h2|h3|div|progress|a|ul|li|fieldset|legend|label|bdi|select|option|details|summary)[\s>]/y;
  for (const { index } of html.matchAll(/</g)) {
    ours.lastIndex = index;
    assert.ok(ours.test(html), html.slice(index, index + 60));
  }
  for (const tag of html.matchAll(/<[^>]*>/g)) {
    const bare = tag[0].replace(/"[^"]*"/g, "");
    assert.ok(!/\bon\w+\s*=/.test(bare), tag[0]);
  }
}
