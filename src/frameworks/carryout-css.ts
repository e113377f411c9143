/** @module Types of `carryout/carryout.css`: it has none, but an import needs something to find. */

export {};
