/** @module Types that follow from the generators: which kinds there are, and what each takes. */

import type { Generator } from "../generator/generator.ts";

/** One of which nothing is known. */
export type AnyGenerator = Generator<unknown>;

/**
 * The generators that a module exports, one by one, in arrays or as an export's formats, or that an array holds. Where nothing is known of
 * them, as of a module's URL alone, any.
 */
export type GeneratorsIn<Source> = [Found<Source>] extends [never] ? AnyGenerator : Found<Source>;

type Found<Source> = Source extends readonly unknown[] ? Exported<Source> : Exported<Source[keyof Source]>;

type Exported<Value> = Value extends AnyGenerator
  ? Value
  : Value extends readonly (infer Item)[]
    ? Exported<Item>
    : Value extends Readonly<Record<string, AnyGenerator>>
      ? Value[keyof Value]
      : never;

interface StartFor {
  user: string;
  /** Default "default". */
  slot?: string;
  /**
   * The same for every repeat of one request: a repeat gets the download that the first one made, also when that is
   * finished, for as long as it is in its slot.
   */
  idempotencyKey?: string;
  /**
   * Where an anonymous user comes from: any word that is the same for all who come from there. Such users
   * have a limit in common and, in line, a few turns in common. Not given for users who are known.
   */
  network?: string;
}

/** What can be asked of these generators. */
export type StartRequest<Made extends AnyGenerator = AnyGenerator> =
  Made extends Generator<infer _Params, infer Kind, infer Input>
    ? StartFor & { kind: Kind } & ParamsFor<Input>
    : never;

/** None without a schema; they can be left out where the schema takes what has nothing in it. */
type ParamsFor<Input> = [Input] extends [undefined]
  ? { params?: Record<string, never> }
  : Record<never, never> extends Input
    ? { params?: Input }
    : { params: Input };
