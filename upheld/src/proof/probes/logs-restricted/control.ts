import { z } from 'zod'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { ask, type Line } from '../isolation-routes/wire.ts'

/** Something that must be found: who searches where nothing of the service arrives finds no secret either. */
export interface Control {
  /** The same bytes, looked at on their way. */
  watch(parts: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** @throws claims.cannot_probe when it has not been seen */
  mustBeSeen(): void
}

/** For a search that is only the first of two. */
export const nothingToFind: Pick<Control, 'watch'> = Object.freeze({
  watch: (parts: AsyncIterable<Uint8Array>) => parts,
})

const refusal = z.object({ error: z.object({ code: z.string(), reference: z.uuid() }) })
/** Larger than any bound that may be set. */
const announcedBytes = 1_000_000_000_000

/**
 * Announces a body that no server of ours takes. The answer names a reference, and the same reference is what the log
 * says of it, with the pattern of the route.
 */
export async function leaveControl(line: Line, declared: readonly DeclaredRoute[]): Promise<Control> {
  const route = declared.find(({ path }) => !path.includes(':')) ?? declared[0]
  const path = (route?.path ?? '/').replaceAll(/:\w+/g, 'none')
  const headers = { 'content-length': String(announcedBytes), accept: 'application/json', connection: 'close' }
  const answer = await ask(line, { method: 'POST', target: path, headers })
  const { data } = refusal.safeParse(safely(answer.body))
  if (data === undefined) throw cannotProbe('A request that is too large is answered without a reference.')
  const { reference } = data.error
  let seen = false
  return Object.freeze({
    async *watch(parts: AsyncIterable<Uint8Array>) {
      let tail = ''
      for await (const part of parts) {
        const text = tail + Buffer.from(part).toString('latin1')
        seen ||= text.includes(reference)
        tail = text.slice(-reference.length)
        yield part
      }
    },
    mustBeSeen() {
      if (!seen) throw cannotProbe('What the service must have written is not there: it is not its logs that are read.')
    },
  })
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
