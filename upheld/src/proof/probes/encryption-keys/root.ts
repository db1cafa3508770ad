import { randomBytes } from 'node:crypto'
import { cannotProbe, type Keys, type Report } from '../../claims/index.ts'
import { findIn } from '../encryption-fields/leaks.ts'

type RootKey = Keys['ports']['root']

const where = 'the root key'

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** What the root key wraps is hidden, and unwraps for what it was wrapped for alone. */
export async function tryRoot(root: RootKey, report: Report): Promise<void> {
  const [key, context, other] = [randomBytes(32), randomBytes(48), randomBytes(48)]
  const wrapped = await root.wrap(key, context)
  if (!Buffer.from(await root.unwrap(wrapped, context)).equals(key))
    throw cannotProbe('The root key does not open what it wrapped.')
  const [found] = await findIn(only(wrapped), [{ value: key.toString('latin1'), where }], 'latin1')
  if (found !== undefined) report.refute({ attack: 'read a wrapped key', where, saw: 'the key, in clear' })
  else report.observe('read a wrapped key', where)
  const flipped = Buffer.from(wrapped)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  await mustNotUnwrap(root, 'unwrap a key for another purpose', [wrapped, other], report)
  await mustNotUnwrap(root, 'unwrap a key that was changed', [flipped, context], report)
}

async function mustNotUnwrap(
  root: RootKey,
  attack: string,
  [wrapped, context]: readonly [Uint8Array, Uint8Array],
  report: Report,
): Promise<void> {
  const said = await root.unwrap(wrapped, context).then(
    () => 'opened',
    (thrown: unknown) => String(thrown instanceof Error && 'code' in thrown ? thrown.code : thrown),
  )
  if (said === 'opened') report.refute({ attack, where, saw: 'it was unwrapped' })
  else if (said === 'kms.denied') report.observe(attack, where)
  else throw cannotProbe(`"${attack}" ended with ${said}.`)
}
