/** @module Converts anything thrown into bounded plain data, for logs and for transfer between processes. */

import { types } from "node:util";
import { messageOf } from "../errors.ts";

/** Truncated to what helps to find the fault. */
export interface Thrown {
  name: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: Thrown;
  /** The first errors of an `AggregateError`. */
  errors?: Thrown[];
}

const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 6_000;
const LONGEST_NAME = 100;
/** Depth limit for causes of causes, which also ends cycles. */
const DEEPEST = 5;
const MOST_ERRORS = 5;

/** Never throws: of getters, proxies and non-string messages it takes what can be read. */
export function describeThrown(error: unknown): Thrown {
  return describe(error, DEEPEST);
}

/** Recreates the described error, except for its class. */
export function errorOf(thrown: Thrown): Error {
  const { name, message, code, stack, cause, errors } = thrown;
  const options = cause === undefined ? undefined : { cause: errorOf(cause) };
  const error =
    errors === undefined
      ? new Error(message, options)
      : new AggregateError(errors.map(errorOf), message, options);
  Object.assign(error, { name, stack: stack ?? `${name}: ${message}` }, code === undefined ? {} : { code });
  return error;
}

/** A property of any value; undefined if it does not exist or reading it throws. */
export function readProperty(value: unknown, name: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** True for errors, including those from another realm. Never throws. */
export function isError(value: unknown): boolean {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

function describe(error: unknown, depth: number): Thrown {
  const thrown: Thrown = { name: nameOf(error), message: messageOf(error).slice(0, LONGEST_MESSAGE) };
  if (typeof error !== "object" || error === null) return thrown;
  const code = readProperty(error, "code");
  if (typeof code === "string" || typeof code === "number") thrown.code = String(code).slice(0, LONGEST_NAME);
  const stack = readProperty(error, "stack");
  if (typeof stack === "string") thrown.stack = stack.slice(0, LONGEST_STACK);
  if (depth === 0) return thrown;
  const cause = readProperty(error, "cause");
  if (cause !== undefined && cause !== null) thrown.cause = describe(cause, depth - 1);
  const errors = readProperty(error, "errors");
  if (isError(error) && Array.isArray(errors)) {
    thrown.errors = errors.slice(0, MOST_ERRORS).map((one) => describe(one, depth - 1));
  }
  return thrown;
}

function nameOf(error: unknown): string {
  const name = readProperty(error, "name");
  if (typeof name === "string" && name !== "") return name.slice(0, LONGEST_NAME);
  return isError(error) ? "Error" : error === null ? "null" : typeof error;
}
