/** @module Reading the URL that chooses a bucket for the files: `s3://BUCKET[/PREFIX][?options]`. */

import { CarryoutError } from "../../errors.ts";
import { isKey } from "../../ports/file-key.ts";
import { readUrlOptions } from "../../text/url-options.ts";

/** The content of the URL; null for what it does not specify. */
export interface S3Place {
  bucket: string;
  /** What the keys of all objects begin with: empty, or with a "/" at its end. */
  prefix: string;
  /** Null: as the environment or the configuration files of AWS say. */
  region: string | null;
  /** Null: AWS. */
  endpoint: string | null;
  /** The bucket is in the path of the server's URLs, not in the host name. */
  pathStyle: boolean;
  encryption: Encryption | null;
  kmsKey: string | null;
  delivery: Delivery;
  /** How long an address that is given to a client is valid. */
  linkSeconds: number;
  /** The URL without options, for people. */
  shown: string;
}

export type Delivery = "node" | "redirect";
export type Encryption = (typeof ENCRYPTIONS)[number];

const ENCRYPTIONS = ["AES256", "aws:kms", "aws:kms:dsse"] as const;
const OPTIONS = [
  "region",
  "endpoint",
  "pathStyle",
  "encryption",
  "kmsKey",
  "delivery",
  "linkSeconds",
] as const;
type Option = (typeof OPTIONS)[number];

const DEFAULT_LINK_SECONDS = 60;
const LONGEST_LINK_SECONDS = 3_600;
/** Servers allow keys of 1,024 bytes, and those of parts have up to 255. */
const LONGEST_PREFIX = 255;

/** Throws `invalid-config` with what was expected and what was given, without what may be credentials. */
export function readS3Url(url: string): S3Place {
  const login = /^s3:\/\/[^/?]*@/i.test(url);
  if (login)
    throw invalid(
      "s3://…",
      "credentials don't belong into the URL: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  const [, bucket = "", path = "", query = ""] = /^s3:\/\/([^/?#]*)\/?([^?#]*)(?:\?(.*))?$/is.exec(url) ?? [];
  const shown = `s3://${bucket}${path === "" ? "" : `/${path}`}`;
  if (bucket === "") throw invalid(url.split("?")[0]!, "the bucket is missing");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{2,62}$/.test(bucket)) {
    throw invalid(shown, `${JSON.stringify(bucket)} is not the name of a bucket`);
  }
  const options = new Options(query, shown);
  const endpoint = options.checked("endpoint", "a URL such as https://s3.example.com", isEndpoint);
  const kmsKey = options.checked("kmsKey", "the id or ARN of a key", (value) => /^\S{1,2048}$/.test(value));
  const delivery = options.oneOf("delivery", ["node", "redirect"] as const) ?? "node";
  const linkSeconds = options.number("linkSeconds", 1, LONGEST_LINK_SECONDS);
  const encryption = options.oneOf("encryption", ENCRYPTIONS) ?? (kmsKey === null ? null : "aws:kms");
  if (kmsKey !== null && encryption === "AES256")
    throw invalid(shown, "kmsKey does not go with encryption=AES256");
  if (linkSeconds !== null && delivery !== "redirect")
    throw invalid(shown, "linkSeconds needs delivery=redirect");
  return {
    bucket,
    prefix: readPrefix(path, shown),
    region: options.checked("region", "a region such as eu-central-1", (value) =>
      /^[a-z0-9-]{1,40}$/i.test(value),
    ),
    endpoint,
    // Servers other than AWS seldom have a host name for each bucket.
    pathStyle:
      (options.oneOf("pathStyle", ["true", "false"] as const) ?? String(endpoint !== null)) === "true",
    encryption,
    kmsKey,
    delivery,
    linkSeconds: linkSeconds ?? DEFAULT_LINK_SECONDS,
    shown,
  };
}

function readPrefix(path: string, shown: string): string {
  const prefix = path.replace(/\/$/, "");
  if (prefix === "") return "";
  if (prefix.length < LONGEST_PREFIX && isKey(prefix)) return `${prefix}/`;
  throw invalid(
    shown,
    `the prefix must be made of A-Z a-z 0-9 . _ - and /, without empty or dot-only segments, not ${JSON.stringify(path)}`,
  );
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return ["http:", "https:"].includes(protocol) && username + password + search + hash === "";
}

class Options {
  readonly #options: URLSearchParams;
  readonly #shown: string;

  constructor(query: string, shown: string) {
    this.#shown = shown;
    this.#options = readUrlOptions(query, OPTIONS, (problem) => {
      throw invalid(shown, problem);
    });
  }

  checked(option: Option, expected: string, accept: (value: string) => boolean): string | null {
    const value = this.#options.get(option);
    if (value === null || accept(value)) return value;
    // An endpoint with a login is refused: the login must not be shown.
    const given = value.includes("@") ? "what was given" : JSON.stringify(value);
    throw invalid(this.#shown, `${option} must be ${expected}, not ${given}`);
  }

  oneOf<Value extends string>(option: Option, values: readonly Value[]): Value | null {
    const expected = values.map((value) => JSON.stringify(value)).join(" or ");
    return this.checked(option, expected, (value) => values.some((one) => one === value)) as Value | null;
  }

  number(option: Option, from: number, to: number): number | null {
    const accept = (value: string) => /^\d{1,6}$/.test(value) && Number(value) >= from && Number(value) <= to;
    const value = this.checked(option, `a whole number from ${from} to ${to}`, accept);
    return value === null ? null : Number(value);
  }
}

function invalid(shown: string, problem: string): CarryoutError {
  return new CarryoutError(
    "invalid-config",
    `expected s3://BUCKET/PREFIX for the files, got ${JSON.stringify(shown)}: ${problem}`,
  );
}
