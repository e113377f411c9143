/** @module Metadata of a PDF: its title, its language, the time of the request. */

import type { Table } from "../format.ts";
import { textString } from "./objects.ts";

const PRODUCER = "Carryout";

/** The document information dictionary (ISO 32000-1, 14.3.3). */
export function informationOf(table: Table): string {
  const digits = table.requestedAt.toISOString().replace(/\D/g, "").slice(0, 14);
  return `<</Title ${textString(table.title)}/Producer(${PRODUCER})/CreationDate(D:${digits}Z)>>`;
}

/** The same as XMP (14.3.2), uncompressed, so that programs without PDF support find it. */
export function metadataOf(table: Table): string {
  const title = escaped(table.title);
  const created = `${table.requestedAt.toISOString().slice(0, 19)}Z`;
  const packet =
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' +
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n' +
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">\n' +
    `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${title}</rdf:li></rdf:Alt></dc:title>\n` +
    `<dc:language><rdf:Bag><rdf:li>${escaped(table.locale)}</rdf:li></rdf:Bag></dc:language>\n` +
    `<dc:format>application/pdf</dc:format><pdf:Producer>${PRODUCER}</pdf:Producer><xmp:CreateDate>${created}</xmp:CreateDate>\n` +
    '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>';
  const bytes = Buffer.from(packet).toString("latin1");
  return `<</Type/Metadata/Subtype/XML/Length ${bytes.length}>>stream\n${bytes}\nendstream`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML 1.0 can't represent. */
const FORBIDDEN = /[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/gu;

function escaped(text: string): string {
  return text.replace(FORBIDDEN, "").replace(/[&<>"]/g, (found) => ENTITIES[found] ?? "");
}
