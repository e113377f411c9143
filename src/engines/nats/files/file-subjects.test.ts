import assert from "node:assert/strict";
import { test } from "node:test";
import { newVersion, PartSubjects, parseVersion } from "./file-subjects.ts";

const subjects = new PartSubjects("x.files.");
const KEYS = ["a", "a/b", "a/b.c", "a/b/c", ".h/..x", "A-Z_09.bin", "0", "m/m", `${"k/".repeat(127)}k`];
const { id } = newVersion(Date.UTC(2026, 10, 22), 20_000_000, "-_-a_B");

/** As NATS matches: "*" for one token, ">" for one or more at the end. */
function matches(filter: string, subject: string): boolean {
  const [wanted, given] = [filter.split("."), subject.split(".")];
  const rest = wanted.at(-1) === ">";
  if (rest ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((token, index) => token === "*" || token === ">" || token === given[index]);
}

test("keys and versions are restored from their subjects", () => {
  for (const key of KEYS) {
    assert.deepEqual(subjects.parse(subjects.chunk(key, id, 31)), { key, version: id });
    assert.equal(subjects.parse(subjects.manifest(key)).key, key);
  }
});

test("every token is valid in NATS", () => {
  for (const key of KEYS) {
    for (const subject of [subjects.manifest(key), subjects.chunk(key, id, 0)]) {
      assert.match(subject, /^[A-Za-z0-9_\-=/]+(\.[A-Za-z0-9_\-=/]+)+$/);
    }
  }
});

test("a filter matches everything of its part, version or folder, and nothing of others", () => {
  for (const key of KEYS) {
    for (const other of KEYS) {
      const messages = [
        subjects.manifest(other),
        subjects.chunk(other, id, 0),
        subjects.chunk(other, id, 12),
      ];
      const which = (filter: string) => messages.map((subject) => matches(filter, subject));
      const same = key === other;
      assert.deepEqual(which(subjects.part(key)), [same, same, same], `${key} ${other}`);
      assert.deepEqual(which(subjects.version(key, id)), [false, same, same]);
      const folder = `${key}/`;
      const inside = other.startsWith(folder);
      assert.deepEqual(which(subjects.folder(folder)), [inside, inside, inside]);
      assert.deepEqual(which(subjects.manifestsIn(folder)), [inside, false, false]);
      assert.deepEqual(which(subjects.firstChunksIn(folder)), [false, inside, false]);
      assert.deepEqual(which(subjects.folder("")), [true, true, true]);
    }
  }
});

test("a version contains its time and size", () => {
  const version = newVersion(1_795_366_615_500, 0, "a-b-c");
  assert.deepEqual(parseVersion(version.id), version);
  assert.deepEqual(parseVersion(id), { id, modifiedAt: Date.UTC(2026, 10, 22), size: 20_000_000 });
});
