import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The one script of these pages, served as its parts are written, under a name that changes with them. */
interface Script {
  readonly path: string
  readonly answer: () => Response
}

/** None of them names at its top what another one does: they are one module. */
const parts = ['passkey.js', '../door/work.js'] as const

export function passkeyScript(): Script {
  const text = parts.map(name => readFileSync(new URL(name, import.meta.url), 'utf8')).join('\n')
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  }
  return Object.freeze({ path: `/account/passkey.${digest}.js`, answer: () => new Response(text, { headers }) })
}
