import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { program } from "../../src/cli/program.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { rowsOf, textOf } from "./page.ts";

const page = textOf("docs/reference/cli.md");
const rows = rowsOf(page, "option");
const { commands } = program({ env: {}, terminal: processTerminal(), exitCode: 0 });

describe("the page of the command line", () => {
  it("has a section for each command with its usage, and no other", () => {
    const sections = [...page.matchAll(/^## carryout (.*)$/gm)].map(([, usage]) =>
      usage!.replaceAll("\\", ""),
    );
    const usages = commands.map((command) => `${command.name()} ${command.usage()}`);
    assert.deepEqual(sections.toSorted(), usages.toSorted());
  });

  for (const command of commands) {
    const own = rows.filter(({ section }) => section.split(" ")[1] === command.name());

    it(`has each option of ${command.name()}, and no other`, () => {
      const names = own.flatMap((row) => row.names);
      assert.deepEqual(names.toSorted(), command.options.map(({ flags }) => flags).toSorted());
    });

    it(`names the choices and defaults of ${command.name()}`, () => {
      for (const { flags, argChoices = [], defaultValue } of command.options) {
        const text = own.find(({ names }) => names.includes(flags))?.cells[""] ?? "";
        const words: string[] = [...argChoices, ...(defaultValue === undefined ? [] : [defaultValue])];
        for (const word of words) assert.ok(text.includes(`\`${word}\``), `${flags}: ${word}`);
      }
    });
  }
});
