/** @module The date operators of MUI X, which compare days or minutes. */

import { all, butPresent, type GridFilter } from "./filter.ts";
import { startOfDay } from "./local-time.ts";

const OPERATORS = ["is", "not", "after", "onOrAfter", "before", "onOrBefore"] as const;

export type DateOperator = (typeof OPERATORS)[number];

export function isDateOperator(operator: string): operator is DateOperator {
  return OPERATORS.some((candidate) => candidate === operator);
}

/**
 * `days`: cells are calendar dates. `instants`: cells are instants, of which the grid compares the local day.
 * `minutes`: cells are instants; "is" means the same minute, the order is that of the instants.
 */
export function dateFilter(
  column: string,
  operator: DateOperator,
  date: Date,
  cells: "days" | "instants" | "minutes",
): GridFilter {
  const [first, next] = periodOf(date, cells);
  const from: GridFilter = { op: "greaterOrEqual", column, value: first };
  const before: GridFilter = { op: "less", column, value: first };
  if (cells === "days") {
    const same: GridFilter = { op: "equals", column, value: first };
    if (operator === "is") return same;
    if (operator === "not") return butPresent(same, column);
    if (operator === "after") return { op: "greater", column, value: first };
    if (operator === "onOrBefore") return { op: "lessOrEqual", column, value: first };
    return operator === "before" ? before : from;
  }
  const until: GridFilter = { op: "less", column, value: next };
  const within = all([from, until]);
  switch (operator) {
    case "is":
      return within;
    case "not":
      return butPresent(within, column);
    case "after":
      if (cells === "minutes") return { op: "greater", column, value: first };
      return { op: "greaterOrEqual", column, value: next };
    case "onOrAfter":
      return from;
    case "before":
      return before;
    case "onOrBefore":
      return cells === "minutes" ? { op: "lessOrEqual", column, value: first } : until;
  }
}

/** The begin of the day or minute, and of the next. The grid keeps a day as its midnight in UTC. */
function periodOf(date: Date, cells: "days" | "instants" | "minutes"): [first: string, next: string] {
  if (cells === "minutes") {
    const minute = new Date(date);
    minute.setSeconds(0, 0);
    return [minute.toISOString(), new Date(minute.getTime() + 60_000).toISOString()];
  }
  const day = date.toISOString().slice(0, 10);
  return cells === "days" ? [day, day] : [startOfDay(day), startOfDay(day, 1)];
}
