/** @module One connection to one host: logged in, and found to be a primary that may be used. */

import { Client } from "pg";
import { messageOf } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { shownHost } from "../../../text/host-port.ts";
import { ConnectionLost, sqlStateOf } from "./postgres-errors.ts";
import type { PostgresHost, PostgresTarget } from "./postgres-target.ts";
import type { ServerLife } from "./timelines.ts";

/** A server that hangs accepts connections, since the kernel does, and never answers. */
const DIAL_MS = 2_000;

/**
 * Every role may set these for itself. The server notices within two to three seconds that this node is cut off (what
 * its session holds, such as the lock of a member, would otherwise last for hours), and drops a statement that waits for
 * a lock after the client has gone. The others undo settings of the role that would break the engine.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: "1",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "2",
  tcp_user_timeout: "2000",
  client_connection_check_interval: "100",
  idle_session_timeout: "0",
  default_transaction_isolation: "read\\ committed",
  default_transaction_read_only: "off",
};
/** How poolers and older or foreign servers refuse settings at connect: protocol, invalid value, unknown setting. */
const SETTINGS_REFUSED = ["08P01", "22023", "42704", "0A000"];

/** What is known about a connection's server. */
export interface Connection {
  /** Its process on the server. Behind a pooler it may change with every statement. */
  readonly pid: number;
  readonly host: string;
  /** As `server_version_num`: 150018 for 15.18. */
  readonly version: number;
  /** Null if this server does not tell it. */
  readonly life: ServerLife | null;
}

export interface Dialled {
  readonly client: Client;
  readonly connection: Connection;
}

export interface DialOptions {
  readonly target: PostgresTarget;
  readonly clock: Clock;
  /** Shown to operators in `pg_stat_activity`. */
  readonly applicationName: string;
  /** False leaves out the settings, for poolers that refuse them. */
  readonly sendsSettings: boolean;
}

/** The server is a standby, or may not be used for another reason that may pass. */
export class WrongServer extends Error {}

/** Errors: `WrongServer`, `ConnectionLost`, those of the server. On failure nothing is left open. */
export async function dial(host: PostgresHost, options: DialOptions): Promise<Dialled> {
  const client = clientOf(host, options);
  let failure: unknown = null;
  const fail = (error: unknown) => {
    failure ??= error;
    breakOff(client);
  };
  // Stays: an error of a connection also ends it, which its owner watches.
  client.on("error", fail);
  const cancel = options.clock.after(DIAL_MS, () => fail(new Error(`no answer within ${DIAL_MS} ms`)));
  try {
    await client.connect();
    return { client, connection: await identify(client, shownHost(host)) };
  } catch (error) {
    breakOff(client);
    const cause = failure ?? error;
    if (cause instanceof WrongServer || sqlStateOf(cause) !== null || isOfTls(cause)) throw cause;
    throw new ConnectionLost(`${shownHost(host)}: ${reasonOf(cause)}`, { sent: false, cause });
  } finally {
    cancel();
  }
}

/** True if the server, or a pooler before it, may accept the connection without the settings. */
export function refusesSettings(error: unknown): boolean {
  return SETTINGS_REFUSED.includes(sqlStateOf(error) ?? "");
}

/** True for a handshake that fails each time: a certificate that is not trusted, a server without TLS. */
export function isOfTls(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === "string" && /CERT|TLS|SSL|UNABLE_TO|INVALID_CA/.test(code)) return true;
  return /does not support SSL/.test(messageOf(error));
}

/** Ends a connection at once, whatever its server does: what has been sent still leaves this machine. */
export function breakOff(client: Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

/** Several addresses of one name fail together with an error that has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join(", ");
  return messageOf(error);
}

function clientOf({ host, port }: PostgresHost, options: DialOptions): Client {
  const { target, applicationName, sendsSettings } = options;
  const { password, tls } = target.secrets(host);
  return new Client({
    host,
    port,
    user: target.user,
    database: target.database,
    // As text, an empty one would be replaced by PGPASSWORD or by ~/.pgpass.
    password: async () => password,
    ssl: tls,
    application_name: applicationName,
    client_encoding: "UTF8",
    keepAlive: true,
    keepAliveInitialDelayMillis: 1_000,
    ...(sendsSettings && { options: settings() }),
  });
}

function settings(): string {
  return Object.entries(SETTINGS)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}

interface Identity {
  pid: number;
  version: number;
  isStandby: boolean;
}

async function identify(client: Client, host: string): Promise<Connection> {
  const { rows } = await client.query<Identity>(
    `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
       pg_is_in_recovery() AS "isStandby"`,
  );
  const { pid, version, isStandby } = rows[0]!;
  if (isStandby) throw new WrongServer(`${host} is a standby`);
  return { pid, host, version, life: await lifeOf(client) };
}

/** Open to every role on PostgreSQL itself; a service that only resembles it may refuse. */
async function lifeOf(client: Client): Promise<ServerLife | null> {
  try {
    const { rows } = await client.query<ServerLife>(
      `SELECT system_identifier::text AS system,
         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
       FROM pg_control_system()`,
    );
    return rows[0] ?? null;
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    return null;
  }
}
