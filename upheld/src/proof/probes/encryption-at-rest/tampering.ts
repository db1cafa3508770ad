import { cannotProbe, type Report } from '../../claims/index.ts'
import type { LinkedObjects } from '../../../index.ts'
import { attempted, fetched, type Fetched } from '../objects/fetched.ts'
import type { Hand } from '../objects/hand.ts'
import { chunk, head, lay, sealedChunk, tag, type Lying } from './objects.ts'

/** A blob as somebody left it, and how many bytes of the content lie before what was changed. */
interface Tampered {
  readonly attack: string
  readonly bytes: Buffer
  readonly genuine: number
}

/** What follows the content: a clear head of format, key and version, and the sealed facts. */
const trailer = 4096

/** Bytes of an object, changed where it lies, must be refused before any of what was changed is given out. */
export async function tamper(
  objects: LinkedObjects,
  hand: Hand,
  lying: readonly Lying[],
  report: Report,
): Promise<void> {
  for (const one of lying.filter(({ content }) => content.length < 10 * chunk)) {
    const raw = await hand.raw(one.blobKey)
    const others = await Promise.all(lying.map(({ blobKey }) => hand.raw(blobKey)))
    const older = await olderOf(objects, hand, one)
    const all = [
      ...flipped(raw, one.content.length),
      ...reordered(raw, one.content.length),
      ...joined(raw, [...others, older]),
    ]
    for (const tampered of all) {
      if (report.signal.aborted) return
      if (!tampered.bytes.equals(raw)) await refusesAll(objects, hand, one, tampered, report)
    }
  }
}

async function refusesAll(
  objects: LinkedObjects,
  hand: Hand,
  one: Lying,
  tampered: Tampered,
  report: Report,
): Promise<void> {
  const { attack, bytes, genuine } = tampered
  const { label: where, content, name, blobKey } = one
  const [whole, part, link] = await hand.laying(blobKey, bytes, async () => [
    await fetched(objects, name),
    await fetched(objects, name, { range: { start: Math.min(genuine, content.length), end: content.length } }),
    await attempted(() => objects.copy(name, `${name}/copied`, { replace: true })),
  ])
  const wrong = wrongWith(whole, content, genuine) ?? wrongWith(part, content.subarray(genuine), 0)
  if (wrong !== undefined) report.refute({ attack, where, saw: wrong })
  else if (link.done) report.refute({ attack, where, saw: 'it was copied' })
  else report.observe(attack, where)
}

/** Refused, and nothing before that but bytes that lie before what was changed. */
function wrongWith(got: Fetched, content: Buffer, genuine: number): string | undefined {
  if (got.end === 'given')
    return got.given.equals(content) ? 'it opened as if it were whole' : 'something else was given'
  if (got.end === 'absent') return undefined
  if (!got.given.equals(content.subarray(0, got.given.length))) return 'wrong bytes were given before the refusal'
  return got.given.length > genuine ? 'bytes were given before they were found genuine' : undefined
}

/** One bit in each part of each message: the content, and the facts behind it. */
function flipped(raw: Buffer, length: number): readonly Tampered[] {
  const final = Math.floor(length / chunk)
  const end = raw.length - trailer
  const chunkAt = (index: number): number => head + index * sealedChunk
  const content = [0, 1, final - 1, final]
    .filter((index, at, all) => index >= 0 && index <= final && all.indexOf(index) === at)
    .flatMap(index => {
      const [from, to] = [chunkAt(index), Math.min(chunkAt(index + 1), end)]
      const places = [from, Math.floor((from + to) / 2), to - tag - 1, to - tag, to - 1].filter(
        at => at >= from && at < to,
      )
      return places.map(at => [`change chunk ${index}`, at, index * chunk] as const)
    })
  const places = [
    ['change the salt', 0, 0],
    ['change the commitment', 24, 0],
    ['change the last of the commitment', head - 1, 0],
    ...content,
    ...['magic', 'format', 'flags', 'key', 'version', 'salt of the facts', 'commitment of the facts', 'facts'].map(
      (part, at) => [`change the ${part}`, end + ([0, 4, 5, 8, 16, 32, 56, 88][at] ?? 0), 0] as const,
    ),
    ['change the tag of the facts', raw.length - 1, 0],
  ] as const
  return places.map(([attack, at, genuine]) => {
    const bytes = Buffer.from(raw)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return { attack, bytes, genuine }
  })
}

/** Chunks exchanged, repeated and left out; ends cut off and added to. */
function reordered(raw: Buffer, length: number): readonly Tampered[] {
  const end = raw.length - trailer
  const facts = raw.subarray(end)
  const start = raw.subarray(0, head)
  const chunks: Buffer[] = []
  for (let at = head; at < end; at += sealedChunk) chunks.push(raw.subarray(at, Math.min(at + sealedChunk, end)))
  const [first = raw, second = first, ...rest] = chunks
  const several = chunks.length > 1
  const made = (attack: string, pieces: readonly Buffer[], genuine = 0): Tampered => ({
    attack,
    bytes: Buffer.concat(pieces),
    genuine,
  })
  return [
    made('cut the last byte', [raw.subarray(0, -1)]),
    made('cut what follows the content', [raw.subarray(0, end)]),
    made('cut the facts', [raw.subarray(0, -16)]),
    made('leave nothing', [Buffer.alloc(0)]),
    made('cut the start', [raw.subarray(1)]),
    made('add a byte', [raw, Buffer.alloc(1)]),
    made('add a byte before', [Buffer.alloc(1), raw]),
    made('add the facts again', [raw, facts]),
    made('cut the last byte of the content', [raw.subarray(0, end - 1), facts]),
    made('add a byte to the content', [raw.subarray(0, end), Buffer.alloc(1), facts]),
    made('leave the content out', [facts]),
    made('zeros for the content', [Buffer.alloc(end), facts]),
    made('zeros for all', [Buffer.alloc(raw.length)]),
    made('clear text for the content', [Buffer.alloc(end, 'clear '), facts]),
    ...(several
      ? [
          made('exchange two chunks', [start, second, first, ...rest, facts]),
          made('repeat a chunk in the place of the next', [start, first, first, ...rest, facts], chunk),
          made('leave the first chunk out', [start, second, ...rest, facts]),
          made('leave the last chunk out', [start, ...chunks.slice(0, -1), facts]),
          made('repeat the last chunk', [start, ...chunks, ...chunks.slice(-1), facts]),
          made('repeat the first chunk', [start, first, ...chunks, facts]),
        ]
      : []),
  ].filter(({ genuine }) => genuine <= length)
}

/** The content of one object and the facts of another, or of an older version of the same. */
function joined(raw: Buffer, others: readonly Buffer[]): readonly Tampered[] {
  const [content, facts] = [raw.subarray(0, -trailer), raw.subarray(-trailer)]
  return others.flatMap(other => [
    { attack: 'another object in its place', bytes: other, genuine: 0 },
    { attack: 'the facts of another object', bytes: Buffer.concat([content, other.subarray(-trailer)]), genuine: 0 },
    { attack: 'the content of another object', bytes: Buffer.concat([other.subarray(0, -trailer), facts]), genuine: 0 },
  ]).filter(({ bytes }) => !bytes.equals(raw)) // prettier-ignore
}

/** The content of the same name, as it was before: of another version, so that nothing of it fits to this one. */
async function olderOf(
  objects: LinkedObjects,
  hand: Hand,
  { label, name, contentType, content }: Lying,
): Promise<Buffer> {
  const beside = `${name}/older`
  const { blobKey } = await lay(objects, hand, { label, name: beside, contentType, content })
  const raw = await hand.raw(blobKey)
  await objects.remove(beside)
  if (raw.length === 0) throw cannotProbe('A blob is empty.')
  return raw
}
