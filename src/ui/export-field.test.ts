import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldsOf, textsOf, valueIn } from "./export-field.ts";

/** The field of a property with this schema. */
function fieldOf(property: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return fieldsOf({ type: "object", properties: { it: property }, ...more })[0];
}

const text = { type: "text", input: "text", minLength: null, maxLength: null, pattern: null, example: null };
const number = { type: "number", min: null, max: null, step: "any" };
const options = (...values: (string | number)[]) =>
  values.map((value) => ({ text: String(value), label: String(value), value }));

test("each kind of property gets the control that fits it", () => {
  const controls: [property: Record<string, unknown>, control: unknown][] = [
    [{ type: "string" }, text],
    [
      { type: "string", minLength: 2, maxLength: 9 },
      { ...text, minLength: 2, maxLength: 9 },
    ],
    [
      { type: "string", examples: ["DE", "FR"] },
      { ...text, example: "DE" },
    ],
    [
      { type: "string", format: "date", pattern: "^long$" },
      { ...text, input: "date" },
    ],
    [
      { type: "string", format: "email" },
      { ...text, input: "email" },
    ],
    [
      { type: "string", format: "uri" },
      { ...text, input: "url" },
    ],
    [{ type: "string", format: "constructor" }, text],
    [
      { type: "number", minimum: 0.5 },
      { ...number, min: 0.5 },
    ],
    [
      { type: "number", exclusiveMinimum: 0, multipleOf: 0.01 },
      { ...number, step: "0.01" },
    ],
    [
      { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 9 },
      { ...number, min: 1, max: 8, step: "1" },
    ],
    [
      { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
      { ...number, step: "1" },
    ],
    [{ type: "boolean" }, { type: "checkbox", says: false }],
    [
      { type: "boolean", default: false },
      { type: "checkbox", says: true },
    ],
    [
      { type: "string", enum: ["a", "b"] },
      { type: "select", options: options("a", "b") },
    ],
    [{ enum: [2025, 2026, null] }, { type: "select", options: options(2025, 2026) }],
    [{ const: "only" }, { type: "select", options: options("only") }],
    [
      { type: "string", oneOf: [{ const: "CH", title: "Switzerland" }] },
      { type: "select", options: [{ text: "CH", label: "Switzerland", value: "CH" }] },
    ],
    [
      { type: "array", items: { enum: ["a"] } },
      { type: "checkboxes", options: options("a") },
    ],
    [{ type: ["integer", "null"] }, { ...number, step: "1" }],
    [{ anyOf: [{ type: "string", maxLength: 3 }, { type: "null" }] }, { ...text, maxLength: 3 }],
  ];
  for (const [property, control] of controls) {
    assert.deepEqual(fieldOf(property)?.control, control, JSON.stringify(property));
  }
});

test("a property without a fitting control has no field", () => {
  for (const property of [
    {},
    { type: "object" },
    { type: "array", items: { type: "string" } },
    { $ref: "#/$defs/it" },
    { anyOf: [{ type: "string" }, { type: "number" }] },
    { enum: ["a", { b: 1 }] },
    { type: "null" },
    true,
  ]) {
    assert.equal(fieldOf(property as Record<string, unknown>), undefined, JSON.stringify(property));
  }
  assert.deepEqual([fieldsOf(null), fieldsOf({}), fieldsOf({ properties: [] })], [[], [], []]);
});

test("labels, help and required fields", () => {
  const labels = ["createdAfter", "created_after", "country", "größeÄnderung"].map(
    (name) => fieldsOf({ properties: { [name]: { type: "string" } } })[0]?.label,
  );
  assert.deepEqual(labels, ["Created after", "Created after", "Country", "Größe änderung"]);
  const titled = fieldOf({ type: "string", title: "Land", description: "Zwei Buchstaben" });
  assert.deepEqual([titled?.label, titled?.help], ["Land", "Zwei Buchstaben"]);
  assert.equal(fieldOf({ type: "string" }, { required: ["it"] })?.required, true);
  assert.equal(fieldOf({ type: "string", default: "x" }, { required: ["it"] })?.required, false);
});

test("a pattern matches the same texts in a form, and is left out where browsers don't understand it", () => {
  const patternOf = (pattern: string) => {
    const control = fieldOf({ type: "string", pattern })?.control;
    return control?.type === "text" ? control.pattern : undefined;
  };
  // How browsers compile the attribute `pattern`.
  const matches = (pattern: string, given: string) =>
    new RegExp(`^(?:${patternOf(pattern)})$`, "v").test(given);
  assert.ok(matches("b", "abc") && matches("b", "a\nb\n"), "anywhere");
  assert.ok(matches("^[A-Z]{2}$", "DE") && !matches("^[A-Z]{2}$", "DEU"));
  assert.ok(matches("^a|b$", "ax") && matches("^a|b$", "xb") && !matches("^a|b$", "xax"));
  assert.equal(patternOf("["), null);
});

test("texts of a form and values of a request", () => {
  assert.deepEqual([true, false, 0, "", "x", ["a", 1, true], { a: 1 }, null, undefined].map(textsOf), [
    ["true"],
    [],
    ["0"],
    [],
    ["x"],
    ["a", "1", "true"],
    [],
    [],
    [],
  ]);
  const value = (property: Record<string, unknown>, ...texts: string[]) => valueIn(fieldOf(property)!, texts);
  assert.deepEqual([value({ type: "string" }), value({ type: "string" }, " a ")], [undefined, " a "]);
  assert.deepEqual([value({ type: "number" }, "1.5"), value({ type: "number" }, "many")], [1.5, "many"]);
  assert.deepEqual(
    [value({ type: "boolean" }), value({ type: "boolean", default: true })],
    [undefined, false],
  );
  assert.equal(value({ type: "boolean" }, "true"), true);
  assert.deepEqual(
    [value({ enum: [2026] }, "2026"), value({ enum: [2026] }), value({ enum: [1] }, "9")],
    [2026, undefined, undefined],
  );
  assert.deepEqual(value({ type: "array", items: { enum: [1, 2, 3] } }, "3", "1"), [1, 3]);
});
