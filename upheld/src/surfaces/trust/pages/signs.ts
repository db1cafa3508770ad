import { html, raw } from 'hono/html'
import type { Verdict } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { verdictWords } from '../words.ts'

/** Drawn on a 16 by 16 field with a round pen, so that a verdict never hangs on colour or on a font's glyphs. */
export const strokes: Readonly<Record<Verdict, string>> = {
  upheld: 'M2 8.6 6.2 13 14 3.4',
  refuted: 'M3 3 13 13M13 3 3 13',
  unproven: 'M4.2 5.2a3.8 3.8 0 1 1 5.6 3.3C8.6 9.1 8 9.8 8 11M8 14.2v.1',
  attested: 'M2.6 13.4l.7-3.3L10.8 2.6l2.6 2.6-7.5 7.5z',
  planned: 'M8 2.5a5.5 5.5 0 1 0 .01 0z',
}

export function sign(verdict: Verdict): Markup {
  return html`<svg class="sign ${verdict}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d="${raw(strokes[verdict])}" />
  </svg>`
}

/** Sign and word. */
export function verdictMark(verdict: Verdict): Markup {
  return html`<span class="verdict ${verdict}">${sign(verdict)}${verdictWords[verdict]}</span>`
}
