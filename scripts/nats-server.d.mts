export function findNatsServer(): string | null;
