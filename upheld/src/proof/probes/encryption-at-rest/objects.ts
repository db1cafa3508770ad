import { randomBytes } from 'node:crypto'
import type { LinkedObjects, ObjectFacts } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Wanted } from '../encryption-fields/leaks.ts'
import { fetched } from '../objects/fetched.ts'
import type { Hand } from '../objects/hand.ts'

/** A chunk of content, as C2SP chunked-encryption cuts it: https://c2sp.org/chunked-encryption */
export const chunk = 16_384
/** Salt and commitment before the first chunk, and the tag behind each. */
export const head = 56
export const tag = 16
export const sealedChunk = chunk + tag

/** One object with canaries in it: what its owner sees, and where it lies. */
export interface Lying {
  readonly label: string
  readonly name: string
  readonly contentType: string
  readonly content: Buffer
  readonly facts: ObjectFacts
  readonly blobKey: string
  readonly canaries: readonly Wanted[]
}

const markForm = /probe-at-rest-[0-9a-f]{12}/

/** What all canaries of one run begin with: one search for it is a search for all of them. */
export function newStem(): string {
  return `canary${randomBytes(20).toString('hex')}`
}

/** Text that compresses well around the canaries, as a document does: at the start, across each border, at the end. */
function document(bytes: number, canaries: readonly string[], label: string): Buffer {
  const content = Buffer.alloc(bytes, 'Dear Sir or Madam, thank you for your message. ')
  const places = [0, ...borders(bytes), bytes]
  for (const [at, value] of canaries.entries()) {
    const place = places[at] ?? 0
    // Across a border half of it is on either side.
    const start = place === 0 ? 0 : place === bytes ? bytes - value.length : place - Math.floor(value.length / 2)
    if (start < 0 || start + value.length > bytes) throw cannotProbe(`No canary fits into ${label}.`)
    content.write(value, start, 'latin1')
  }
  return content
}

function borders(bytes: number): readonly number[] {
  const all: number[] = []
  for (let at = chunk; at + 64 < bytes; at += chunk) all.push(at)
  return all
}

const sizes = [
  ['a short text', 300],
  ['one whole chunk', chunk],
  ['a few chunks', 3 * chunk + 5_000],
  ['more than is written at once', 80 * chunk + 77],
] as const

/** Objects with canaries in content, name and type. */
export async function putAll(objects: LinkedObjects, hand: Hand, stem: string): Promise<readonly Lying[]> {
  const put: Lying[] = []
  for (const [number, [label, bytes]] of sizes.entries()) {
    const canary = (place: string): Wanted => ({
      value: `${stem}${number}${place.replaceAll(/[^a-z0-9]/g, '')}`,
      where: `${place} of ${label}`,
    })
    const inContent = ['the start', ...borders(bytes).map(at => `border ${at / chunk}`), 'the end'].map(canary)
    const [inName, inType] = [canary('the name'), canary('the type')]
    const content = document(
      bytes,
      inContent.map(({ value }) => value),
      label,
    )
    const name = `probe-at-rest-${randomBytes(6).toString('hex')}/${inName.value}.txt`
    const contentType = `application/${inType.value}`
    const laid = await lay(objects, hand, { label, name, contentType, content })
    put.push({ ...laid, canaries: [...inContent, inName, inType] })
  }
  return put
}

export async function lay(
  objects: LinkedObjects,
  hand: Hand,
  given: Pick<Lying, 'label' | 'name' | 'contentType' | 'content'>,
  replace = false,
): Promise<Lying> {
  const before = hand.written.length
  const { name, contentType, content } = given
  const facts = await objects.put(name, content, { contentType, replace })
  const blobKey = hand.written.slice(before).at(-1)
  if (blobKey === undefined) throw cannotProbe('An object was put, and nothing came to the store.')
  return { ...given, facts, blobKey, canaries: [] }
}

/**
 * Positive control: what was put is what comes back.
 * @throws claims.cannot_probe
 */
export async function mustComeBack(objects: LinkedObjects, all: readonly Lying[]): Promise<void> {
  for (const { label, name, content, contentType } of all) {
    const got = await fetched(objects, name)
    if (got.end !== 'given' || !got.given.equals(content) || got.facts.contentType !== contentType)
      throw cannotProbe(`What was put does not come back: ${label}.`)
  }
}

/** What this probe put, also what a run that died left behind. */
export async function cleared(objects: LinkedObjects): Promise<void> {
  for await (const { name } of objects.list()) if (markForm.test(name)) await objects.remove(name)
}
