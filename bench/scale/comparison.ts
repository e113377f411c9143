/** @module The tables that compare: with the design before, and with other engines. */

import type { Before, Cost, EngineCosts, NodeCosts, Results } from "./results.ts";
import { bytes, count, figure, micro, table } from "./units.ts";

const KINDS = {
  "tick, nobody looks": "tick",
  "tick, one viewer at another node": "watched",
  "download without ticks": "download",
} as const;

/** What clients are sent, by the number of nodes that both were measured with. */
export function beforeTable({ before, now }: { before: Before; now: Results }): string {
  const both = before.levels.flatMap((old) => {
    const present = now.nodes.find(({ nodes }) => nodes === old.nodes);
    return present ? [{ old, present }] : [];
  });
  const rows = Object.entries(KINDS).flatMap(([what, kind]) =>
    both.map(({ old, present }) => [what, count(old.nodes), sent(old[kind]), sent(present[kind])]),
  );
  return table(["of one", "nodes", "before: messages in / out, bytes out", "now"], rows);
}

function sent({ in: into, out, outBytes }: Cost): string {
  return `${figure(into)} / ${figure(out)}, ${bytes(outBytes)}`;
}

/** What followers paid, measured in turn in the same hour. */
export function followersTable({ inTurn }: Before): string {
  const rows = inTurn.map(({ what, unit, before, now }) => {
    const all = (values: readonly number[]) =>
      values.map((value) => (unit === "bytes" ? bytes(value) : micro(Math.max(0, value)))).join(", ");
    return [what, all(before), all(now)];
  });
  return table(["each other node", "before", "now"], rows);
}

export function enginesTable(others: readonly EngineCosts[]): string {
  if (others.length === 0) return "Not measured yet.";
  const rows = others.flatMap(({ engine, version, levels }) =>
    levels.map((level) => [`${engine} ${version}`, count(level.nodes), ...costCells(level)]),
  );
  const costs = ["tick, nobody looks", "tick, one viewer", "whole download"];
  return table(["engine", "nodes", ...costs], rows);
}

function costCells(level: NodeCosts): string[] {
  return Object.values(KINDS).map((kind) => {
    const { transactions, logBytes } = level[kind];
    return `${figure(transactions)}${logBytes > 0 ? `, ${bytes(logBytes)}` : ""}`;
  });
}
