/** What XML 1.0 (section 2.2) has no place for, lone surrogates included; no escape makes these well formed. */
const outside = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** Marks that turn the direction of what follows: with them a name reads like another one. */
const turns = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  // Also where it would end a CDATA section.
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
}

/** Any text, as text or attribute of an XML document. What XML cannot hold becomes U+FFFD. */
export function xml(text: string): string {
  return text.replaceAll(outside, '\ufffd').replaceAll(/[&<>"'\r]/g, char => entities[char] ?? char)
}

/** Text on one line, in the direction that it has by itself. */
export function plain(text: string): string {
  return text.toWellFormed().replaceAll(turns, '').replaceAll(/\s+/g, ' ').trim()
}
