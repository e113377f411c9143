/** @module Which PostgreSQL to connect to, and how to log in. */

import type { ConnectionOptions } from "node:tls";
import { shownHost } from "../../../text/host-port.ts";

export interface PostgresHost {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface PostgresTarget {
  /** Tried in turn: the one that is not a standby is used. */
  readonly hosts: readonly PostgresHost[];
  readonly user: string;
  readonly database: string;
  /** Holds all tables of one cluster of nodes; several clusters may share a database. */
  readonly schema: string;
  /** Called for each connection, so that a changed password or certificate is used at once. */
  secrets(host: string): PostgresSecrets;
}

export interface PostgresSecrets {
  /** Empty if the server asks for none. */
  readonly password: string;
  readonly tls: false | ConnectionOptions;
}

/** For messages. */
export function shownHosts({ hosts }: Pick<PostgresTarget, "hosts">): string {
  return hosts.map(shownHost).join(", ");
}
