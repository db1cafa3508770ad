/** Something that must stand nowhere, as the bytes that it would stand there as. */
export interface Needle {
  /** Four bytes or more, and not all of them alike. */
  readonly bytes: Uint8Array
  /** What it is, for a finding. Quotes nothing. */
  readonly says: string
}

/** Any number of needles, looked for in one pass over any number of bytes. */
export interface Needles {
  readonly count: number
  /** What was found, each once. Holds one part at a time. */
  search(parts: AsyncIterable<Uint8Array>): Promise<readonly Needle[]>
  /** The same parts, looked at on their way; what is found goes into `found`. */
  watch(parts: AsyncIterable<Uint8Array>, found: Set<Needle>): AsyncIterable<Uint8Array>
}

/** Bits of the first filter: it lets one of a thousand places through, where there are some thousand needles. */
const filterBits = 22

/**
 * The first four bytes of each needle are a number. A place is looked at closer only where that number stands: so
 * thousands of needles cost about as much as one.
 */
export function openNeedles(list: readonly Needle[]): Needles {
  const filter = new Uint8Array(2 ** filterBits)
  const byStart = new Map<number, { readonly needle: Needle; readonly bytes: Buffer }[]>()
  for (const needle of list) {
    const bytes = Buffer.from(needle.bytes)
    const start = bytes.readUInt32LE(0)
    filter[slotOf(start)] = 1
    const same = byStart.get(start) ?? []
    same.push({ needle, bytes })
    byStart.set(start, same)
  }
  const longest = Math.max(4, ...list.map(({ bytes }) => bytes.byteLength))

  function look(text: Buffer, found: Set<Needle>): void {
    let window = text.length < 4 ? 0 : text.readUInt32LE(0)
    for (let at = 0; at + 4 <= text.length; at += 1) {
      if (filter[slotOf(window)] === 1)
        for (const { needle, bytes } of byStart.get(window >>> 0) ?? [])
          if (text.length - at >= bytes.length && text.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0)
            found.add(needle)
      window = (window >>> 8) | ((text[at + 4] ?? 0) << 24)
    }
  }

  async function* watch(parts: AsyncIterable<Uint8Array>, found: Set<Needle>): AsyncGenerator<Uint8Array> {
    let rest: Buffer = Buffer.alloc(0)
    for await (const part of parts) {
      const text = Buffer.concat([rest, part])
      look(text, found)
      rest = text.subarray(Math.max(0, text.length - longest))
      yield part
    }
  }

  return Object.freeze({
    count: list.length,
    watch,
    async search(parts: AsyncIterable<Uint8Array>) {
      const found = new Set<Needle>()
      const passing = watch(parts, found)
      while ((await passing.next()).done !== true);
      return [...found]
    },
  })
}

function slotOf(start: number): number {
  return Math.imul(start, 0x9e37_79b1) >>> (32 - filterBits)
}

/** How bytes are written down as they are, and as text. */
export function writtenForms(bytes: Uint8Array): readonly Uint8Array[] {
  const buffer = Buffer.from(bytes)
  const texts = [
    buffer.toString('hex'),
    buffer.toString('hex').toUpperCase(),
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('base64url'),
  ]
  return [buffer, ...[...new Set(texts)].map(text => Buffer.from(text))]
}
