/** @module Certificates for tests: a private authority, a server on 127.0.0.1, and a client. */

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const openssl = (...parameters: string[]) => promisify(execFile)("openssl", parameters);

/** Paths of PEM files. */
export interface Certificates {
  ca: string;
  server: { cert: string; key: string };
  client: { cert: string; key: string };
}

/** Creates them in this folder; valid for a day. */
export async function makeCertificates(dir: string): Promise<Certificates> {
  const path = (name: string) => join(dir, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const ca = { cert: path("ca.pem"), key: path("ca-key.pem") };
  await openssl(
    "req",
    "-x509",
    ...key,
    "-days",
    "1",
    "-subj",
    "/CN=test",
    "-keyout",
    ca.key,
    "-out",
    ca.cert,
  );
  await writeFile(path("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const sign = async (name: string) => {
    const made = { cert: path(`${name}.pem`), key: path(`${name}-key.pem`) };
    await openssl("req", ...key, "-subj", `/CN=${name}`, "-keyout", made.key, "-out", path(`${name}.csr`));
    const by = ["-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial", "-extfile", path("names")];
    await openssl("x509", "-req", "-days", "1", "-in", path(`${name}.csr`), ...by, "-out", made.cert);
    return made;
  };
  return { ca: ca.cert, server: await sign("server"), client: await sign("client") };
}
