import { createHash } from 'node:crypto'
import { messageOf, UpheldError } from '../../core/errors.ts'
import type { Witness } from '../../proof/witness/index.ts'

const plain = 'text/plain; charset=utf-8'
const sizeType = 'text/x.tlog.size'
const safe = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/**
 * A witness over HTTP, C2SP tlog-witness: `POST /add-checkpoint`, and `GET /<hash of the origin>/checkpoint` for
 * monitors. `GET /` says which key this is. Whoever asks needs no name: the log's signature is all that counts.
 */
export function witnessHandler(
  witness: Witness,
  onRefusal: (code: string, says: string) => void,
): (request: Request) => Promise<Response> {
  const byHash = new Map(witness.origins.map(origin => [createHash('sha256').update(origin).digest('hex'), origin]))
  return async request => {
    const { pathname } = new URL(request.url)
    if (pathname === '/add-checkpoint') {
      if (request.method !== 'POST') return answer(405, 'POST only.\n', { allow: 'POST' })
      return addCheckpoint(witness, new Uint8Array(await request.arrayBuffer()), onRefusal)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'GET only.\n', { allow: 'GET, HEAD' })
    if (pathname === '/') return answer(200, aboutText(witness))
    const [, hash = ''] = /^\/([0-9a-f]{64})\/checkpoint$/.exec(pathname) ?? []
    const note = witness.lastOf(byHash.get(hash) ?? '')
    return note === undefined ? answer(404, 'There is no such checkpoint.\n') : answer(200, note)
  }
}

function addCheckpoint(witness: Witness, body: Uint8Array, onRefusal: (code: string, says: string) => void): Response {
  try {
    return answer(200, witness.addCheckpoint(body))
  } catch (thrown) {
    if (!(thrown instanceof UpheldError)) throw thrown
    if (thrown.code === 'witness.other_size')
      return answer(409, `${thrown.detail ?? ''}\n`, { 'content-type': sizeType })
    onRefusal(thrown.code, messageOf(thrown))
    return answer(thrown.status, `${thrown.publicMessage}\n`)
  }
}

function aboutText({ key, origins }: Witness): string {
  return [`witness ${key.encoded}`, ...origins.map(origin => `log ${origin}`), ''].join('\n')
}

function answer(status: number, body: string, more: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { status, headers: { ...safe, 'content-type': plain, ...more } })
}
