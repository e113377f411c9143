import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safeFileName } from "../download/file-name.ts";
import { attachment } from "./disposition.ts";

test("a plain name stands in both forms", () => {
  assert.equal(attachment("cities.csv"), `attachment; filename="cities.csv"; filename*=UTF-8''cities.csv`);
});

test("accents are dropped for old clients, everything is kept for the others", () => {
  assert.equal(
    attachment("résumé – 日本.pdf"),
    `attachment; filename="resume _ __.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%E2%80%93%20%E6%97%A5%E6%9C%AC.pdf`,
  );
});

test("no name breaks out of the header or into a path", () => {
  assert.equal(
    attachment('a"b\\c/d\r\ne%41.csv'),
    `attachment; filename="a_b_c_d__e_41.csv"; filename*=UTF-8''a%22b_c_d__e%2541.csv`,
  );
  assert.equal(
    attachment("invoice\u202Efdp.exe"),
    `attachment; filename="invoice_fdp.exe"; filename*=UTF-8''invoice_fdp.exe`,
  );
  assert.equal(attachment(""), `attachment; filename="download"; filename*=UTF-8''download`);
});

test("any name gives a valid header, and comes back whole but for what no file name has", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
      const header = attachment(name);
      const match = /^attachment; filename="([\x20-\x7e]*)"; filename\*=UTF-8''([\w!#$&+.^`|~%-]*)$/.exec(
        header,
      );
      assert.ok(match, header);
      assert.doesNotMatch(match[1] as string, /["\\%/]/);
      assert.equal(decodeURIComponent(match[2] as string), safeFileName(name) || "download");
      new Headers({ "Content-Disposition": header });
    }),
  );
});
