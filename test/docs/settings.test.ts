import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { program } from "../../src/cli/program.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { UP_DEFAULTS } from "../../src/cli/up/defaults.ts";
import { defaultSettings, isSettingName, SETTINGS, settingNames } from "../../src/config/settings.ts";
import { codesIn, pathOf, type Row, rowsOf, textOf, valueIn } from "./page.ts";

const PAGE = "docs/reference/settings.md";
/** Variables passed between processes, or set by other programs. */
const INTERNAL = ["CARRYOUT_NODE_ORDERS"];

const page = textOf(PAGE);
const defaults = defaultSettings();

/** A default as pages write it: an empty list is "none", an engine its URL. */
function plain(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 0) return undefined;
  return typeof value === "object" && value !== null && "name" in value ? value.name : value;
}

function checkDefault({ names, cells }: Row): void {
  const [name = ""] = names;
  assert.ok(isSettingName(name), `${name} is a setting`);
  const { default: cell = "" } = cells;
  const [, usual = cell, ofUp] = /^(.*); (.*) with `up`$/.exec(cell) ?? [];
  const said = usual === "one for each processor" ? availableParallelism() : valueIn(usual);
  assert.equal(said, plain(defaults[name]), `the default of ${name}`);
  if (ofUp !== undefined) assert.equal(valueIn(ofUp), UP_DEFAULTS[name], `the default of ${name} with up`);
}

describe("the page of settings", () => {
  const rows = rowsOf(page, "setting");

  it("has each setting once, and no other", () => {
    assert.deepEqual(rows.flatMap(({ names }) => names).toSorted(), settingNames().toSorted());
  });

  it("gives the actual environment variables and defaults", () => {
    for (const row of rows) {
      const [name] = row.names as [keyof typeof SETTINGS];
      assert.deepEqual(codesIn(row.cells.environment ?? ""), [...SETTINGS[name].environment], name);
      checkDefault(row);
    }
    for (const name of Object.keys(UP_DEFAULTS)) {
      const row = rows.find(({ names }) => names[0] === name);
      assert.match(row?.cells.default ?? "", /with `up`$/, name);
    }
  });

  it("gives the actual flags of the command line", () => {
    const commands = program({ env: {}, terminal: processTerminal(), exitCode: 0 }).commands;
    const options = commands.flatMap((command) => command.options);
    const flags = new Map(options.map((option) => [option.attributeName(), option.long]));
    for (const { names, cells } of rows) {
      const [name = ""] = names;
      const flag = flags.get(name);
      assert.deepEqual(codesIn(cells.flag ?? ""), flag ? [flag] : [], name);
    }
  });

  it("names each environment variable that is read", () => {
    const sources = readdirSync(pathOf("src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
      .map((path) => textOf(`src/${path}`).replaceAll(/^\s*(\/\/|\/?\*).*$/gm, ""));
    const variables = (texts: readonly string[]) =>
      new Set(texts.flatMap((text) => text.match(/\bCARRYOUT(_[A-Z]+)+\b/g) ?? []));
    const read = [...variables(sources)].filter((name) => !INTERNAL.includes(name));
    assert.deepEqual([...variables([page])].toSorted(), read.toSorted());
  });
});

describe("defaults of settings on other pages", () => {
  for (const path of ["docs/reference/limits.md", "docs/security.md"]) {
    it(path, () => {
      const rows = rowsOf(textOf(path), "setting");
      assert.ok(rows.length > 0);
      for (const { names, cells, section } of rows) {
        const [name = ""] = names;
        assert.ok(isSettingName(name), `${name} is a setting`);
        const cell = cells.default?.split(/, (?=\D)/)[0] ?? "";
        checkDefault({ names, cells: { default: cell }, section });
      }
    });
  }

  it("are there for each limit", () => {
    const rows = rowsOf(textOf("docs/reference/limits.md"), "setting").flatMap(({ names }) => names);
    const limits = rowsOf(page, "setting").filter(({ section }) => section === "Limits");
    for (const { names } of limits) assert.ok(rows.includes(names[0]!), names[0]);
  });
});
