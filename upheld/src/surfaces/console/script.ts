import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The one script of the console, under a name that changes with it. */
export interface Script {
  readonly path: string
  readonly answer: () => Response
}

export function liveScript(): Script {
  const text = readFileSync(new URL('./live.js', import.meta.url), 'utf8')
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'private, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  }
  return Object.freeze({ path: `/console/live.${digest}.js`, answer: () => new Response(text, { headers }) })
}
