/** @module A process that puts one large part, to be killed meanwhile: `nats-put.ts SERVER NAME KEY BYTES`. */

import { systemClock } from "../../src/clock/system.ts";
import { openNatsFileStore } from "../../src/engines/nats/files/nats-file-store.ts";
import { openNatsLink } from "../../src/engines/nats/jetstream/connection.ts";
import { silentLog } from "../../src/telemetry/log.ts";

const [server, name, key, size] = process.argv.slice(2) as [string, string, string, string];
const context = { clock: systemClock, log: silentLog };
const link = await openNatsLink({ connection: { servers: [server] }, name: "put", ...context });
const store = await openNatsFileStore({ link, name, ...context });
await store.put(key, new Uint8Array(Number(size)));
await store.close();
