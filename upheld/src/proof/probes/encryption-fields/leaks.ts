import type { Report } from '../../claims/index.ts'

/** `latin1` for values that are bytes and no text. */
type Encoding = 'utf8' | 'latin1'

/** How a value may be written down: plain, and in what programs turn bytes into. */
function spellingsOf(value: string, encoding: Encoding): readonly Buffer[] {
  const bytes = Buffer.from(value, encoding)
  const base64 = (cut: number): string => bytes.subarray(cut, cut + 33).toString('base64')
  return [
    bytes,
    Buffer.from(value, 'utf16le'),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    // At each of the three places that a byte can have in base64.
    ...[0, 1, 2].map(cut => Buffer.from(base64(cut))),
    Buffer.from(bytes.toReversed()),
  ]
}

export interface Wanted {
  readonly value: string
  /** Whose it is and where it was put, for the finding. */
  readonly where: string
}

/** Which of these values stand in a stream of bytes, in any spelling. Holds one part at a time. */
export async function findIn(
  bytes: AsyncIterable<Uint8Array>,
  wanted: readonly Wanted[],
  encoding: Encoding,
): Promise<readonly Wanted[]> {
  const spellings = wanted.map(one => ({ one, spelled: spellingsOf(one.value, encoding) }))
  const longest = Math.max(0, ...spellings.flatMap(({ spelled }) => spelled.map(({ length }) => length)))
  const found = new Set<Wanted>()
  let rest = Buffer.alloc(0)
  for await (const part of bytes) {
    // A value that begins in one part and ends in the next is found all the same.
    const text = Buffer.concat([rest, part])
    for (const { one, spelled } of spellings) {
      if (!found.has(one) && spelled.some(spelling => text.includes(spelling))) found.add(one)
    }
    rest = text.subarray(Math.max(0, text.length - longest))
  }
  return [...found]
}

interface Search {
  readonly secrets: readonly Wanted[]
  /** Was written in clear: where it is not found, nothing was read. */
  readonly marker: string
  readonly encoding?: Encoding
}

/** Every store that something was read from, and what was found in it that must not be there. */
export async function searchAll(
  pieces: AsyncIterable<{ readonly store: string; readonly name: string; bytes(): AsyncIterable<Uint8Array> }>,
  { secrets, marker, encoding = 'utf8' }: Search,
  report: Report,
): Promise<ReadonlySet<string>> {
  const shown = new Set<string>()
  const control: Wanted = { value: marker, where: 'the control' }
  for await (const piece of pieces) {
    const { store, name } = piece
    if (report.signal.aborted) return shown
    const found = await findIn(piece.bytes(), [...secrets, control], encoding)
    if (found.includes(control)) shown.add(store)
    const leaked = found.filter(one => one !== control)
    if (leaked.length === 0) report.observe(`read the ${store}`, name)
    for (const { where } of leaked) {
      report.refute({
        attack: `read the ${store}`,
        where: name,
        saw: `the value that was sealed in ${where}, in clear`,
      })
    }
  }
  return shown
}
