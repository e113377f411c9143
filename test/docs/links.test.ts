import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, it } from "node:test";
import { pathOf, textOf } from "./page.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "deploy/README.md",
  ...readdirSync(pathOf("docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `docs/${path}`),
];

const prose = (text: string) => text.replaceAll(/^```.*?^```$/gms, "");

/** Anchors as GitHub derives them from headings. */
function anchorsOf(path: string): string[] {
  return [...prose(textOf(path)).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Paths may omit leading folders: `wait-queue.ts`, `records/nats-repo.ts`. */
const files = ["src", "test", "bench", "examples", "scripts"].flatMap((folder) =>
  readdirSync(pathOf(folder), { recursive: true, encoding: "utf8" }).map((path) => `/${folder}/${path}`),
);
const isFile = (path: string) => files.some((file) => file.endsWith(`/${path}`));

describe("links and paths on the pages exist", () => {
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
      for (const [, path] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.ts)`/g)) assert.ok(isFile(path!), path);
    });
  }

  it("the architecture diagram names existing files", () => {
    const [picture = ""] = textOf("docs/architecture.md").match(/^```mermaid\n.*?^```$/ms) ?? [];
    for (const [path] of picture.matchAll(/[\w/.-]+\.ts\b/g)) assert.ok(isFile(path), path);
  });

  it("each page of docs is linked from its index", () => {
    const index = textOf("docs/README.md");
    for (const page of PAGES.filter((path) => path.startsWith("docs/") && path !== "docs/README.md")) {
      assert.ok(index.includes(`](${page.slice("docs/".length)})`), page);
    }
  });
});
