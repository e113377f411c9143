/** @module File stores as values, to replace an engine's own. Only the chosen one is loaded. */

import { type Delivery, type Encryption, readS3Url, type S3Place } from "../files/s3/s3-url.ts";
import type { EngineContext } from "../ports/engine.ts";
import type { FileStoreContext, FileStoreFactory } from "../ports/file-store-factory.ts";
import { explainMissing } from "../text/missing-library.ts";

/** For `EngineContext`: undefined without a store, which leaves the choice to the engine. */
export function filesIn(
  store: FileStoreFactory | undefined,
  context: FileStoreContext,
): EngineContext["openFiles"] {
  if (store === undefined) return undefined;
  return (synchronous) => store.open({ ...context, synchronous });
}

/** Kept in this process until it ends. */
export function memoryFiles(): FileStoreFactory {
  return {
    name: "memory:",
    async open({ clock }) {
      const { MemoryFileStore } = await import("./memory/memory-file-store.ts");
      return new MemoryFileStore({ clock });
    },
  };
}

/** In a folder that all nodes share. */
export function diskFiles(dir: string): FileStoreFactory {
  return {
    name: `disk:${dir}`,
    dir,
    async open(context) {
      const { openDiskFileStore } = await import("../files/disk/disk-file-store.ts");
      return await openDiskFileStore({ ...context, root: dir, isShared: true });
    },
  };
}

/** The same as the options of this store's URL: see docs/s3.md. */
export interface S3Options {
  bucket: string;
  /** What the keys of all objects begin with: one of its own for each cluster. */
  prefix?: string;
  /** Default: as the environment or the configuration files of AWS say. */
  region?: string;
  /** The URL of a server other than AWS. */
  endpoint?: string;
  /** Whether the bucket is in the path of URLs. Default: with an `endpoint`. */
  pathStyle?: boolean;
  /** At rest. Default: as the bucket says. */
  encryption?: Encryption;
  /** The id or ARN of the key for KMS. */
  kmsKey?: string;
  /** "redirect": clients are sent to S3 for the bytes. Default "node". */
  delivery?: Delivery;
  /** How long such an address is valid. Default 60. */
  linkSeconds?: number;
}

/** In a bucket of S3, or of a server that speaks its protocol. Throws `invalid-config` for invalid options. */
export function s3({ bucket, prefix = "", ...options }: S3Options): FileStoreFactory {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return s3Of(readS3Url(`s3://${bucket}/${prefix}${query.size === 0 ? "" : `?${query}`}`));
}

export function s3Of(place: S3Place): FileStoreFactory {
  // Optional peers of this package.
  const presigner = place.delivery === "redirect" ? ["@aws-sdk/s3-request-presigner"] : [];
  const libraries = ["@aws-sdk/client-s3", ...presigner];
  return {
    name: place.shown,
    async open({ clock, log }) {
      const { openS3FileStore } = await import("../files/s3/s3-file-store.ts").catch(
        explainMissing("the file store on S3", libraries),
      );
      return await openS3FileStore({ place, clock, log }).catch(
        explainMissing("delivery=redirect", libraries),
      );
    },
  };
}
