import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { CarryoutButton } from "../../src/ui/button-element.ts";
import { CarryoutCluster } from "../../src/ui/cluster-view.ts";
import { CarryoutExport } from "../../src/ui/export-element.ts";
import { CarryoutProgress } from "../../src/ui/progress-element.ts";
import type { RenderButtonOptions, RenderProgressOptions, RenderTrayOptions } from "../../src/ui/render.ts";
import type { RenderExportOptions } from "../../src/ui/render-export.ts";
import { pageCss } from "../../src/ui/styles.ts";
import { CarryoutTray } from "../../src/ui/tray-element.ts";
import { wordsIn } from "../../src/ui/words/every.ts";
import { blocksOf, codesIn, pathOf, rowsOf, textOf, valueIn } from "./page.ts";

const PAGE = "docs/reference/elements.md";
const ELEMENTS = {
  "carryout-button": CarryoutButton,
  "carryout-export": CarryoutExport,
  "carryout-progress": CarryoutProgress,
  "carryout-tray": CarryoutTray,
  "carryout-cluster": CarryoutCluster,
};
/** The compiler complains when one is missing. */
const RENDER_OPTIONS: Record<
  | keyof RenderButtonOptions
  | keyof RenderExportOptions
  | keyof RenderProgressOptions
  | keyof RenderTrayOptions,
  true
> = {
  downloads: true,
  returnTo: true,
  basePath: true,
  src: true,
  words: true,
  names: true,
  exports: true,
  dock: true,
  download: true,
  idle: true,
  locale: true,
  now: true,
  kind: true,
  params: true,
  export: true,
  format: true,
  values: true,
  slot: true,
  label: true,
  choices: true,
  problem: true,
};
const STATES = ["pending", "processing", "ready", "error"];
const ENDS = ["ready", "error"];

const page = textOf(PAGE);
const sources = readdirSync(pathOf("src/ui"))
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => textOf(`src/ui/${name}`))
  .join("\n");

function names(firstHead: string): string[] {
  return rowsOf(page, firstHead)
    .flatMap((row) => row.names)
    .toSorted();
}

/** "panel ${view.state}" stands for the panel in each of the states. */
function expanded(text: string, states: readonly string[]): string[] {
  return text.includes("${") ? states.map((state) => text.replace(/\$\{.*?\}/, state)) : [text];
}

describe("the page of the elements", () => {
  for (const [name, Element] of Object.entries(ELEMENTS)) {
    it(`has the attributes and properties of ${name}, with their defaults`, () => {
      const rows = rowsOf(page, "attribute").filter(({ section }) => section === name);
      const attributes = Element.observedAttributes;
      assert.deepEqual(rows.flatMap((row) => row.names).toSorted(), attributes.toSorted());
      const element = new Element() as unknown as Record<string, unknown>;
      for (const [property, { attribute }] of Element.elementProperties) {
        const row = rows.find(({ names: [first] }) => first === (attribute ?? property));
        assert.deepEqual(codesIn(row?.cells.property ?? ""), [property]);
        const value = element[String(property)] ?? undefined;
        const isEmpty = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
        assert.equal(valueIn(row?.cells.default ?? ""), isEmpty ? undefined : value, String(property));
      }
    });
  }

  it("has each event", () => {
    const dispatched = [...sources.matchAll(/new CustomEvent\(\s*[`"](.*?)[`"]/g)];
    const events = dispatched.flatMap(([, event]) => expanded(event!, ENDS));
    assert.deepEqual(names("event"), [...new Set(events)].toSorted());
  });

  it("has each part", () => {
    const given = [...sources.matchAll(/ part=(?:"(.*?)"|\$\{`(.*?)`\})/g)];
    const texts = given.flatMap(([, text, template]) => expanded((text ?? template)!, STATES));
    const icons = [...sources.matchAll(/iconButton\("(\w+)"/g)].map(([, part]) => part!);
    const parts = [...texts.flatMap((text) => text.split(" ")), ...icons];
    assert.deepEqual(names("part"), [...new Set(parts)].toSorted());
  });

  it("has each slot", () => {
    const slots = [...sources.matchAll(/<slot name="(\w+)"/g)].map(([, slot]) => slot!);
    assert.deepEqual(names("slot"), [...new Set(slots)].toSorted());
  });

  it("has each custom property with its default", () => {
    for (const {
      names: [property],
      cells,
    } of rowsOf(page, "property")) {
      const [value = ""] = codesIn(cells.default ?? "");
      const fallback = value.replace(/^--carryout-(.*)$/, "var(--$1)");
      assert.ok(pageCss.includes(`var(${property}, ${fallback})`), `${property}: ${value}`);
    }
    const used = `${pageCss}${sources}`.match(/--carryout-[a-z-]*[a-z]/g) ?? [];
    assert.deepEqual(names("property"), [...new Set(used)].toSorted());
  });

  it("has each option of server rendering", () => {
    assert.deepEqual(names("option"), Object.keys(RENDER_OPTIONS).toSorted());
  });

  it("has each word with its default text", () => {
    const words = rowsOf(page, "word").map(({ names: [name], cells }) => [name, cells.default]);
    assert.deepEqual(words, Object.entries(wordsIn("en")));
  });

  it("shows styles only for existing parts", () => {
    const styles = blocksOf(PAGE).filter(({ language }) => language === "css");
    assert.ok(styles.length > 0);
    for (const { text } of styles) {
      for (const [, element, parts] of text.matchAll(/(carryout-\w+)::part\((.*?)\)/g)) {
        assert.ok(element! in ELEMENTS, element);
        for (const part of parts!.split(" ")) assert.ok(names("part").includes(part), part);
      }
    }
  });

  it("shows markup that the elements accept", () => {
    for (const { text } of blocksOf(PAGE).filter(({ language }) => language === "html")) {
      for (const [, name, written] of text.matchAll(/<(carryout-\w+)(.*?)>/g)) {
        const Element = ELEMENTS[name as keyof typeof ELEMENTS];
        assert.ok(Element, name);
        for (const [, attribute] of written!.matchAll(/ ([a-z-]+)=/g)) {
          assert.ok(Element.observedAttributes.includes(attribute!), `${name} ${attribute}`);
        }
      }
    }
  });
});
