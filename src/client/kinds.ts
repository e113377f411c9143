/** @module Kinds and parameters, inferred from the generators' types: a browser needs none of their code. */

import type { MadeIn, ParamsMember } from "../wire/kinds.ts";

/** The part of a generator that its requests depend on, by structure. */
interface AnyMade {
  readonly kind: string;
  readonly params:
    | { readonly "~standard": { readonly types?: { readonly input: unknown } | undefined } }
    | undefined;
}

type InputOf<Made extends AnyMade> = NonNullable<NonNullable<Made["params"]>["~standard"]["types"]>["input"];

/** A request that the generators of `Source` (`typeof import("./generators.ts")`) accept; any if that is unknown. */
export type RequestOf<Source = unknown> = OneOf<MadeIn<Source, AnyMade>>;

type OneOf<Made extends AnyMade> = Made extends AnyMade
  ? { kind: Made["kind"] } & ParamsMember<InputOf<Made>>
  : never;

export type KindOf<Source = unknown> = RequestOf<Source>["kind"];

/** The kinds of the exports that a module has, without their formats: "orders". Any if none are known. */
export type ExportKindOf<Source = unknown> = [ExportKindIn<Source[keyof Source]>] extends [never]
  ? string
  : ExportKindIn<Source[keyof Source]>;

type ExportKindIn<Value> =
  Value extends Readonly<Record<string, AnyMade>>
    ? {
        [Name in keyof Value & string]: Value[Name]["kind"] extends `${infer Kind}.${Name}` ? Kind : never;
      }[keyof Value & string]
    : never;

/** The request for one kind. */
type RequestFor<Source, Kind> = Accepting<RequestOf<Source>, Kind>;

type Accepting<Request, Kind> = Request extends { kind: infer Known }
  ? Kind extends Known
    ? Request
    : never
  : never;

/** The parameters of one kind. */
export type ParamsOf<Source, Kind extends KindOf<Source>> =
  RequestFor<Source, Kind> extends {
    params?: infer Params;
  }
    ? Params
    : never;

/** What follows the kind in a call: parameters may be left out where a request needs none. */
export type ParamsAndMore<Source, Kind extends KindOf<Source>, More> =
  RequestFor<Source, Kind> extends { params: unknown }
    ? [params: ParamsOf<Source, Kind>, more?: More]
    : [params?: ParamsOf<Source, Kind> | undefined, more?: More];
