/** @module Rendezvous hashing: every node computes the same order of nodes for a word, without communicating. */

/** FNV-1a with a final avalanche (MurmurHash3's): 32 bits, spreads words that differ in one character. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/**
 * How many of `nodes` rank before `node` for this word: 0 is the first choice. When a node leaves, the order of the
 * others stays (Thaler and Ravishankar, 1998).
 */
export function rankOf(word: string, node: string, nodes: Iterable<string>): number {
  const own = hash(`${word}\n${node}`);
  let rank = 0;
  for (const other of nodes) {
    if (other === node) continue;
    const score = hash(`${word}\n${other}`);
    if (score > own || (score === own && other < node)) rank++;
  }
  return rank;
}
