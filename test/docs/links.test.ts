import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, it } from "node:test";
import { pathOf, textOf } from "./page.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "deploy/README.md",
  ...readdirSync(pathOf("docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `docs/${path}`),
];

const prose = (text: string) => text.replaceAll(/^```.*?^```$/gms, "");

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  return [...prose(textOf(path)).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("what pages point to is there", () => {
  for (const page of PAGES) {
    const text = prose(textOf(page));

    it(`links of ${page}`, () => {
      for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(link!)) continue;
        const [path, anchor] = link!.split("#");
        const target = path === "" ? page : join(dirname(page), path!);
        assert.ok(existsSync(pathOf(target)), link);
        if (anchor !== undefined) assert.ok(anchorsOf(target).includes(anchor), link);
      }
    });

    it(`paths of ${page}`, () => {
      for (const [, path] of text.matchAll(
        /`((?:src|test|bench|examples|scripts|deploy|docs)\/[\w./-]*)`/g,
      )) {
        assert.ok(existsSync(pathOf(path!)), path);
      }
      // The architecture leaves "src/" out.
      for (const [, path] of text.matchAll(/`([\w-]+(?:\/[\w.-]+)+\.ts)`/g)) {
        assert.ok(existsSync(pathOf(path!)) || existsSync(pathOf(`src/${path}`)), path);
      }
    });
  }

  it("each page of docs is reached from its index", () => {
    const index = textOf("docs/README.md");
    for (const page of PAGES.filter((path) => path.startsWith("docs/") && path !== "docs/README.md")) {
      assert.ok(index.includes(`](${page.slice("docs/".length)})`), page);
    }
  });
});
