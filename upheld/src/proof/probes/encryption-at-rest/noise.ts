import { deflateRawSync } from 'node:zlib'
import type { LinkedObjects } from '../../../index.ts'
import type { Report } from '../../claims/index.ts'
import type { Hand } from '../objects/hand.ts'
import { chunk, lay, type Lying } from './objects.ts'

/** Bytes that two sealed messages never have in common. Head, key and format of a blob are shorter. */
const shared = 24

/**
 * What is sealed looks like noise, and never like itself: the same content twice has nothing in common, however it is
 * spelled or packed. A copy that is packed, turned or covered with the same bytes each time does not pass as sealed.
 */
export async function compareBlobs(
  objects: LinkedObjects,
  hand: Hand,
  lying: readonly Lying[],
  report: Report,
): Promise<void> {
  for (const one of lying) {
    const raw = await hand.raw(one.blobKey)
    const attack = 'pack what lies in the store'
    const packed = deflateRawSync(raw).length
    if (raw.length < one.content.length)
      report.refute({ attack, where: one.label, saw: 'less than was put: it was packed' })
    else if (packed < raw.length * 0.99)
      report.refute({ attack, where: one.label, saw: `${packed} of ${raw.length} bytes are left` })
    else report.observe(attack, where(one))
  }
  const [short] = lying
  if (short === undefined) return
  for (const [label, content] of [
    ['nothing but zeros', Buffer.alloc(2 * chunk)],
    ['the same text', Buffer.alloc(2 * chunk, 'The same text again and again. ')],
  ] as const) {
    const given = { label, name: `${short.name}/twice`, contentType: 'text/plain', content }
    const first = await lay(objects, hand, given)
    const before = await hand.raw(first.blobKey)
    const again = await lay(objects, hand, given, true)
    const beside = await lay(objects, hand, { ...given, name: `${short.name}/beside` })
    const attack = 'compare what is sealed of one content'
    for (const [left, right] of [
      [before, await hand.raw(again.blobKey)],
      [before, await hand.raw(beside.blobKey)],
      [before, before.subarray(before.length / 2)],
    ] as const) {
      if (haveInCommon(left.subarray(0, before.length / 2), right))
        report.refute({ attack, where: label, saw: 'the same bytes' })
      else report.observe(attack, label)
    }
    await objects.remove(given.name)
    await objects.remove(beside.name)
  }
}

const where = ({ label }: Lying): string => label

/** Whether a run of bytes stands in both, wherever it stands. */
function haveInCommon(one: Buffer, other: Buffer): boolean {
  const seen = new Set<string>()
  for (let at = 0; at + shared <= one.length; at += 8) seen.add(one.toString('latin1', at, at + shared))
  for (let at = 0; at + shared <= other.length; at += 1)
    if (seen.has(other.toString('latin1', at, at + shared))) return true
  return false
}
