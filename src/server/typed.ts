/** @module Types inferred from the generators: the kinds and the parameters of each. */

import type { Generator } from "../generator/generator.ts";
import type { MadeIn, ParamsMember } from "../wire/kinds.ts";

/** A generator of unknown type. */
export type AnyGenerator = Generator<unknown>;

/**
 * The generators that a module exports, one by one, in arrays or as an export's formats, or that an array holds. If
 * their types are unknown, as with only a module's URL, any.
 */
export type GeneratorsIn<Source> = MadeIn<Source, AnyGenerator>;

interface StartFor {
  user: string;
  /** Default "default". */
  slot?: string;
  /**
   * The same for every repeat of one request: a repeat gets the first one's download, even if finished, as long as it
   * is in its slot.
   */
  idempotencyKey?: string;
  /**
   * The origin of an anonymous user: any string shared by all users from there. They share a limit and, in the queue,
   * a few turns. Omit it for identified users.
   */
  network?: string;
}

/** A request that these generators accept. */
export type StartRequest<Made extends AnyGenerator = AnyGenerator> =
  Made extends Generator<infer _Params, infer Kind, infer Input>
    ? StartFor & { kind: Kind } & ParamsMember<Input>
    : never;
