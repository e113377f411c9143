/** @module One declaration, a generator for each format: from rows to a file. */

import type { Json } from "../download/json.ts";
import {
  defineGenerator,
  type ExportOffer,
  type Generation,
  type Generator,
  type GeneratorOptions,
  type InputOf,
  type ParamsOf,
  type StandardSchema,
} from "../generator/generator.ts";
import { valueName } from "../text/value-name.ts";
import { VERSION } from "../version.ts";
import { rowReader } from "./cells.ts";
import { type ChoicesInput, localeOf, timeZoneOf } from "./choices.ts";
import type { Column } from "./column.ts";
import { checkedColumns, type ExportColumn } from "./export-column.ts";
import { exportFileName } from "./file-name.ts";
import type { Table, TableFormat } from "./format.ts";
import { type FormatName, formatOf } from "./formats.ts";
import { type ExportParams, exportParamsSchema, jsonSchemaOf } from "./params.ts";
import type { Rows } from "./rows.ts";
import { type ExportState, runExport } from "./run-export.ts";

/** The limits of a generator; see `GeneratorOptions`. */
type Limits = Pick<
  GeneratorOptions<unknown>,
  | "stallMs"
  | "timeoutMs"
  | "memoryMb"
  | "checkpointMs"
  | "maxFailures"
  | "retentionMs"
  | "revision"
  | "onRevisionChange"
  | "revisionWaitMs"
>;

export interface ExportOptions<
  Kind extends string,
  R,
  Schema extends StandardSchema | undefined,
  Format extends FormatName | TableFormat,
  Cursor extends Json = Json,
> extends Limits {
  /** The prefix of each generator's kind: "orders" makes "orders.csv", "orders.xlsx", … */
  kind: Kind;
  /** At least one, each key once. */
  columns: readonly ExportColumn<R>[];
  /** Returns the rows; see `Rows` for its contract, and `keyset`, `sqlRows`, … for sources that fulfil it. */
  rows: Rows<R, ParamsOf<Schema>, Cursor>;
  /** The approximate number of rows, for the progress bar. Without it, progress shows only how many are done. */
  count?: (context: {
    params: ParamsOf<Schema>;
    signal: AbortSignal;
  }) => number | bigint | Promise<number | bigint>;
  /** Names of formats with default options, or values with other options: `["xlsx", csv({ separator: ";" })]`. */
  formats: readonly Format[];
  /** The application's own parameters, such as filters. `columns`, `locale` and `timeZone` are the user's choices. */
  params?: Schema;
  /** The title of the data: a heading, a sheet's name. Default: the kind. */
  title?: string | ((params: ParamsOf<Schema>) => string);
  /** The file's name without its extension; the day is added. Default: the kind. */
  name?: string | ((params: ParamsOf<Schema>) => string);
  /** The word for rows beside the bar. Default "rows". */
  unit?: string;
  /** For requests without a locale; BCP 47. Default "en". */
  locale?: string;
  /** For requests without a time zone; IANA. Default "UTC". */
  timeZone?: string;
}

type NameOf<Format> = Format extends TableFormat<infer Name> ? Name : Format extends string ? Format : never;

/** A generator for each format, by the format's name: export it from the module that `generators` names. */
export type Export<
  Kind extends string = string,
  Params = unknown,
  Input = unknown,
  Format extends string = string,
> = {
  readonly [Name in Format]: Generator<ExportParams<Params>, `${Kind}.${Name}`, Input>;
};

type InputWithChoices<Schema> = (Schema extends StandardSchema ? InputOf<Schema> : unknown) & ChoicesInput;

/**
 * Declares an export. All its files can be resumed: the cursor of the last batch and the writer's state are the
 * checkpoint. Throws a `TypeError` for an invalid declaration.
 */
export function defineExport<
  const Kind extends string,
  R,
  const Format extends FormatName | TableFormat,
  Schema extends StandardSchema | undefined = undefined,
  Cursor extends Json = Json,
>(
  options: ExportOptions<Kind, R, Schema, Format, Cursor>,
): Export<Kind, ParamsOf<Schema>, InputWithChoices<Schema>, NameOf<Format>> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `defineExport() takes { kind, columns, rows, formats, … }, not ${valueName(options)}`,
    );
  }
  const { kind, rows, count, formats, params, title = kind, name = kind, unit = "rows" } = options;
  const { columns, rows: _rows, formats: _formats, count: _count, params: _params, ...rest } = options;
  const { title: _title, name: _name, unit: _unit, locale: _locale, timeZone: _timeZone, ...limits } = rest;
  const wrong = (what: string) => new TypeError(`export ${kind}: ${what}`);
  if (typeof rows !== "function") throw wrong(`rows must be a function, not ${valueName(rows)}`);
  if (count !== undefined && typeof count !== "function")
    throw wrong(`count must be a function, not ${valueName(count)}`);
  if (!Array.isArray(formats) || formats.length === 0)
    throw wrong('formats must name at least one, such as ["csv"]');
  const defaults = orWrong(wrong, () => ({
    locale: localeOf(options.locale ?? "en"),
    timeZone: timeZoneOf(options.timeZone ?? "UTC"),
  }));
  const checked = orWrong(wrong, () => checkedColumns(columns));
  const values = new Map(columns.map(({ key, value }) => [key, value]));
  const schema = exportParamsSchema<ParamsOf<Schema>, unknown>(params as never, checked, defaults);
  const jsonSchema = jsonSchemaOf(params);

  const generatorFor = (format: TableFormat) => {
    orWrong(wrong, () => format.check?.(checked));
    /** By the parameters of a run, which `file` is given as well. */
    const notes = new WeakMap<object, string>();
    const run = async (generation: Generation<ExportParams<ParamsOf<Schema>>, ExportState>) => {
      const { params: chosen, requestedAt, signal } = generation;
      const shown = chosen.columns.map((key) => checked.find((column) => column.key === key) as Column);
      const table: Table = {
        title: textOf(title, chosen.params),
        columns: shown,
        locale: chosen.locale,
        timeZone: chosen.timeZone,
        requestedAt,
      };
      const total = count === undefined ? null : Number(await count({ params: chosen.params, signal }));
      const read = rowReader<R>(shown, values);
      const note = await runExport<R, ParamsOf<Schema>, Cursor>(
        { table, format, rows, params: chosen.params, read, total, unit },
        generation,
      );
      if (note !== undefined) notes.set(chosen, note);
    };
    const generator = defineGenerator({
      ...limits,
      kind: `${kind}.${format.name}`,
      params: schema as StandardSchema<ExportParams<ParamsOf<Schema>>>,
      file: (chosen, { requestedAt }) => ({
        name: exportFileName(textOf(name, chosen.params), format.extension, requestedAt, chosen.timeZone),
        type: format.type,
        ...noteFor(notes.get(chosen)),
      }),
      run,
    });
    const offer: ExportOffer = {
      export: kind,
      title: typeof title === "string" ? title : kind,
      format: { name: format.name, extension: format.extension, type: format.type },
      columns: checked.map(({ key, title, optional, selected }) => ({ key, title, optional, selected })),
      schema: jsonSchema,
    };
    return { ...generator, offer, library: VERSION };
  };

  const generators: Record<string, Generator<unknown>> = {};
  for (const given of formats) {
    const format = orWrong(wrong, () => formatOf(given));
    if (Object.hasOwn(generators, format.name)) throw wrong(`two formats have the name "${format.name}"`);
    generators[format.name] = generatorFor(format) as unknown as Generator<unknown>;
  }
  return generators as unknown as Export<Kind, ParamsOf<Schema>, InputWithChoices<Schema>, NameOf<Format>>;
}

function noteFor(note: string | undefined): { note?: string } {
  return note === undefined ? {} : { note };
}

function textOf<Params>(given: string | ((params: Params) => string), params: Params): string {
  const text = typeof given === "function" ? given(params) : given;
  if (typeof text === "string") return text.toWellFormed();
  throw new TypeError(`an export's title and name must be text, not ${valueName(text)}`);
}

/** Adds the export's kind to the message of an invalid declaration. */
function orWrong<Value>(wrong: (what: string) => TypeError, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw wrong((error as Error).message);
  }
}
