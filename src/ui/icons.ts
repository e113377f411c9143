/** @module The icons, as SVG text: decoration only, next to text with the same meaning. */

const icon = (path: string) =>
  `<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;

export const downloadIcon = icon('<path d="M10 3v9.5m0 0 3.75-3.75M10 12.5 6.25 8.75M3.5 16.5h13"/>');
export const readyIcon = icon(
  '<circle cx="10" cy="10" r="7.25"/><path d="m6.75 10.25 2.25 2.25 4.25-4.75"/>',
);
export const errorIcon = icon('<circle cx="10" cy="10" r="7.25"/><path d="M10 6.25v4.5m0 2.9v.1"/>');
