/** @module Registers the elements; the only file here that does something when loaded. */

import { CarryoutButton } from "./button-element.ts";
import type * as types from "./element-types.ts";
import { CarryoutExport } from "./export-element.ts";
import { CarryoutProgress } from "./progress-element.ts";
import { CarryoutTray } from "./tray-element.ts";

if (!customElements.get("carryout-button")) customElements.define("carryout-button", CarryoutButton);
if (!customElements.get("carryout-export")) customElements.define("carryout-export", CarryoutExport);
if (!customElements.get("carryout-progress")) customElements.define("carryout-progress", CarryoutProgress);
if (!customElements.get("carryout-tray")) customElements.define("carryout-tray", CarryoutTray);

export { CarryoutButton, CarryoutExport, CarryoutProgress, CarryoutTray };

// Checks that the elements match the package's types.
CarryoutButton satisfies new () => { [Name in keyof types.CarryoutButton]: unknown };
CarryoutExport satisfies new () => { [Name in keyof types.CarryoutExport]: unknown };
CarryoutProgress satisfies new () => { [Name in keyof types.CarryoutProgress]: unknown };
CarryoutTray satisfies new () => { [Name in keyof types.CarryoutTray]: unknown };
