/** @module The paths of the OpenAPI document: one entry per route of the app, verified by a test. */

import { downloadPaths } from "./openapi-downloads.ts";
import { clusterPaths, operationPaths } from "./openapi-node.ts";

export const openApiPaths = { ...downloadPaths, ...clusterPaths, ...operationPaths };
