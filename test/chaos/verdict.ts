/** @module The verdict of a chaos run, from the visitors' own histories alone. */

import { type Outcome, outcomeOf, short, type Violation } from "./history.ts";
import type { Nemesis } from "./nemesis.ts";
import type { ChaosVisitor } from "./visitor.ts";

export interface Verdict {
  violations: Violation[];
  outcomes: Record<Outcome, number>;
  /** The end of each visitor's history. */
  histories: Map<string, readonly string[]>;
  /** The end of the cluster processes' output. */
  nodesOutput: string;
  filesFetched: number;
  /** Milliseconds, sorted. */
  pauses: number[];
  table: string[];
}

export interface Evidence {
  visitors: readonly ChaosVisitor[];
  nemesis: Nemesis;
  memory: readonly string[];
  nodesOutput: string;
}

export function judge({ visitors, nemesis, memory, nodesOutput }: Evidence): Verdict {
  const outcomes: Record<Outcome, number> = { ready: 0, failed: 0, cancelled: 0, lost: 0 };
  for (const { history } of visitors) {
    for (const sighting of history.sightings.values()) {
      const outcome = outcomeOf(sighting);
      outcomes[outcome]++;
      if (outcome !== "lost") continue;
      const gone = sighting.goneAt === null ? "" : ", then gone";
      history.violated(
        "every download ends",
        `${short(sighting.id)} ${sighting.kind} was last seen ${sighting.state} at ${sighting.done}${gone}`,
      );
    }
  }
  const violations = visitors.flatMap(({ history }) => history.violations);
  const histories = new Map(visitors.map(({ history }) => [history.visitor, history.lines]));
  const pauses = visitors.flatMap(({ history }) => history.pauses.map(({ ms }) => ms)).sort((a, b) => a - b);
  const catchUps = visitors.flatMap((visitor) => visitor.catchUps).sort((a, b) => a - b);
  const filesFetched = sum(visitors, (visitor) => visitor.filesFetched);
  const rows: [string, string][] = [
    ["strikes", named(nemesis.strikes)],
    ["signals sent", named(nemesis.victims)],
    ...(sum(Object.values(nemesis.servers), (count) => count) > 0
      ? [["signals to servers", named(nemesis.servers)] satisfies [string, string]]
      : []),
    ["downloads accepted", `${sum(Object.values(outcomes), (count) => count)}: ${named(outcomes)}`],
    ["double clicks", String(sum(visitors, (visitor) => visitor.doubleClicks))],
    [
      "files fetched and right",
      `${filesFetched}, ${sum(visitors, ({ resumed }) => resumed)} times broken off and resumed`,
    ],
    ["streams lost and caught up", times(catchUps)],
    ["bar stood still over 1 s", times(pauses)],
    ["requests", requests(visitors)],
    ...memory.map((line): [string, string] => ["memory after GC", line]),
    ["violations", violations.length === 0 ? "none" : named(countBy(violations))],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return { violations, histories, nodesOutput, outcomes, filesFetched, pauses, table };
}

function requests(visitors: readonly ChaosVisitor[]): string {
  const total = (name: "sent" | "putOff" | "lost") => sum(visitors, ({ browser }) => browser.counts[name]);
  return `${total("sent")} sent, ${total("putOff")} put off by 503, ${total("lost")} broken off or unanswered`;
}

/** Of sorted milliseconds. */
function times(ms: readonly number[]): string {
  if (ms.length === 0) return "0";
  const at = (share: number) =>
    Math.round(ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] as number);
  return `${ms.length}: median ${at(0.5)} ms, 95 % below ${at(0.95)} ms, worst ${at(1)} ms`;
}

function countBy(violations: readonly Violation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rule } of violations) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

function named(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
