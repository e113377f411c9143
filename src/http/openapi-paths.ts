/** @module The paths of the OpenAPI document: one entry per route of the app, which a test compares. */

import { downloadPaths } from "./openapi-downloads.ts";
import { clusterPaths, operationPaths } from "./openapi-node.ts";

export const openApiPaths = { ...downloadPaths, ...clusterPaths, ...operationPaths };
