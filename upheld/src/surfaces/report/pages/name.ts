import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { oneLine } from '../words.ts'

/** A name from elsewhere: escaped, on one line, and unable to turn the reading direction of what stands around it. */
export function name(text: string): Markup {
  return html`<bdi><code>${oneLine(text)}</code></bdi>`
}
