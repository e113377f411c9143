interface SystemProgram {
  /** What it may be called on the PATH. */
  readonly names: readonly string[];
  /** Debian's package. */
  readonly package: string;
  readonly need: string;
}

export const CHROMIUM: SystemProgram;
export const FIREFOX: SystemProgram;
export function findProgram(...names: string[]): string | null;
export const EMBEDDED_POSTGRESQL: string;
export const SWIFT: { isThere(): boolean };
