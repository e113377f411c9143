import type { NextConfig } from "next";

export default { typescript: { ignoreBuildErrors: true } } satisfies NextConfig;
