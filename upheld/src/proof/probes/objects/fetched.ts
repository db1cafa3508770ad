import type { LinkedObjects, ObjectFacts } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'

/** What came of asking for an object. `given` is every byte that was handed out, also before a refusal. */
export type Fetched =
  | { readonly end: 'absent' }
  | { readonly end: 'refused'; readonly code: string; readonly given: Buffer }
  | { readonly end: 'given'; readonly facts: ObjectFacts; readonly given: Buffer }

type Options = Parameters<LinkedObjects['get']>[1]

export async function fetched(objects: LinkedObjects, name: string, options: Options = {}): Promise<Fetched> {
  const pieces: Uint8Array[] = []
  try {
    const found = await objects.get(name, options)
    if (found === undefined) return { end: 'absent' }
    for await (const piece of found.bytes) pieces.push(Buffer.from(piece))
    return { end: 'given', facts: found.facts, given: Buffer.concat(pieces) }
  } catch (thrown) {
    return { end: 'refused', code: refusal(thrown), given: Buffer.concat(pieces) }
  }
}

/**
 * The code of a refusal that a store of objects may give.
 * @throws claims.cannot_probe for every other failure: it says nothing of who may see what
 */
function refusal(thrown: unknown): string {
  const code = codeOf(thrown)
  if (!/^(objects|blobs|vault|key)\./.test(code))
    throw cannotProbe(`An object was asked for, and the end was ${code}.`, thrown)
  return code
}

/** What came of anything that is not to succeed: its answer, or the code of the refusal. */
export async function attempted<T>(
  work: () => Promise<T>,
): Promise<{ readonly done: true; readonly value: T } | { readonly done: false; readonly code: string }> {
  try {
    return { done: true, value: await work() }
  } catch (thrown) {
    return { done: false, code: refusal(thrown) }
  }
}
