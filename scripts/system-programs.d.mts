export function findProgram(...names: string[]): string | null;
