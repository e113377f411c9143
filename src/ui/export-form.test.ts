import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Chosen,
  chosenIn,
  combined,
  differences,
  exportForm,
  mistakesIn,
  requestFor,
} from "./export-form.ts";
import { orders } from "./orders.testing.ts";

const reader = { locale: "de-CH", timeZone: "Europe/Zurich" };
const asObject = (chosen: Chosen) => Object.fromEntries(chosen);

test("at first: the first format, the selected columns, the defaults", () => {
  assert.deepEqual(asObject(exportForm({ export: orders }).first), {
    kind: ["orders.csv"],
    "params.columns": ["id", "customer"],
    "params.country": [],
    "params.customer": [],
    "params.minimum": [],
    "params.since": [],
    "params.archived": [],
    "params.states": ["open"],
  });
});

test("the page's values come first; those without a control are part of every request", () => {
  const values = { country: "CH", columns: ["note"], tenant: { id: 7 }, timeZone: "UTC", minimum: undefined };
  const form = exportForm({ export: orders, format: "pdf", values });
  assert.deepEqual([...form.given].toSorted(), ["kind", "params.columns", "params.country"]);
  assert.deepEqual(requestFor(form, form.first, reader), {
    kind: "orders.pdf",
    params: {
      locale: "de-CH",
      timeZone: "UTC",
      tenant: { id: 7 },
      columns: ["id", "note"],
      country: "CH",
      archived: false,
      states: ["open"],
    },
  });
});

test("choices select and order the formats; unknown ones are ignored", () => {
  const choices = [
    { kind: "orders.pdf", name: "Print" },
    { kind: "orders.docx", name: "Word" },
  ];
  const form = exportForm({ export: orders, choices, format: "csv" });
  assert.deepEqual(form.choices, choices.slice(0, 1));
  assert.deepEqual(form.first.get("kind"), ["orders.pdf"], "CSV is not offered");
  assert.deepEqual(
    exportForm({ export: orders, choices: choices.slice(1) }).choices.map(({ name }) => name),
    ["CSV", "PDF"],
  );
});

test("the choices are read from the values that a form sends", () => {
  const form = exportForm({ export: orders });
  const chosen = chosenIn(form, [
    ["kind", "orders.pdf"],
    ["slot", "default"],
    ["params.columns", "id"],
    ["params.customer", ""],
    ["params.archived", "false"],
    ["params.archived", "true"],
    ["params.states", "open"],
    ["params.states", "paid"],
    ["params.unknown", "x"],
  ]);
  assert.deepEqual(requestFor(form, chosen, reader), {
    kind: "orders.pdf",
    params: { ...reader, columns: ["id"], archived: true, states: ["open", "paid"] },
  });
  assert.deepEqual(asObject(differences(form.first, chosen)), {
    kind: ["orders.pdf"],
    "params.columns": ["id"],
    "params.archived": ["true"],
    "params.states": ["open", "paid"],
  });
});

test("an earlier choice counts as far as it still exists", () => {
  const form = exportForm({ export: orders });
  const chosen = combined(
    form,
    new Map([
      ["kind", ["orders.docx"]],
      ["params.columns", ["id", "gone"]],
      ["params.country", ["XX"]],
      ["params.states", ["paid"]],
      ["params.elsewhere", ["x"]],
      ["params.customer", ["Ada"]],
    ]),
    new Map([["params.customer", ["Grace"]]]),
  );
  const expected = { ...asObject(form.first), "params.states": ["paid"], "params.customer": ["Grace"] };
  assert.deepEqual(asObject(chosen), expected);
});

test("an empty choice of columns is sent: the server refuses it", () => {
  const optional = { ...orders, columns: orders.columns.slice(1) };
  const form = exportForm({ export: optional });
  assert.deepEqual(requestFor(form, chosenIn(form, []), reader).params.columns, []);
});

test("an export without a choice of columns sends none", () => {
  const form = exportForm({ export: { ...orders, columns: orders.columns.slice(0, 1), params: null } });
  assert.deepEqual(requestFor(form, form.first, reader), { kind: "orders.csv", params: reader });
});

test("mistakes belong to their fields", () => {
  const form = exportForm({ export: orders });
  const { byField, others } = mistakesIn(form, [
    { path: "customer", message: "first" },
    { path: "customer", message: "second" },
    { path: "states.1", message: "unknown" },
    { path: "columns", message: "none" },
  ]);
  assert.deepEqual(Object.fromEntries(byField), {
    "params.customer": "first",
    "params.states": "unknown",
    "params.columns": "none",
  });
  assert.equal(others, false);
  assert.equal(mistakesIn(form, [{ path: "tenant.id", message: "x" }]).others, true);
  assert.equal(mistakesIn(form, [{ path: "", message: "x" }]).others, true);
});
