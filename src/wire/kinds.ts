/** @module What the generators' types say about requests, for servers and browsers. Types only. */

/**
 * What a module exports one by one, in arrays or as an export's formats, or what an array holds, as far as it is of the
 * type `Made`. `Made` itself if nothing is known about the types.
 */
export type MadeIn<Source, Made> = [Found<Source, Made>] extends [never] ? Made : Found<Source, Made>;

type Found<Source, Made> = Source extends readonly unknown[]
  ? Exported<Source, Made>
  : Exported<Source[keyof Source], Made>;

type Exported<Value, Made> = Value extends Made
  ? Value
  : Value extends readonly (infer Item)[]
    ? Exported<Item, Made>
    : Value extends Readonly<Record<string, Made>>
      ? Value[keyof Value]
      : never;

/** `params` of a request. None without a schema; optional if the schema accepts an empty object. */
export type ParamsMember<Input> = [Input] extends [undefined]
  ? { params?: Record<string, never> }
  : Record<never, never> extends Input
    ? { params?: Input }
    : { params: Input };
