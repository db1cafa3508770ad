import { fingerprintBytes, fuseLength, fusePlaces, type FuseShape } from '../../../src/guards/passwords/fuse.ts'

/**
 * The filter of these entries, each of which is there once. Places that only one entry still wants are given to it and
 * taken away, until none is left; a seed with which that does not end is followed by the next.
 */
export function makeFuse(entries: readonly string[]): { readonly bytes: Buffer; readonly shape: FuseShape } {
  for (let seed = 1; seed <= 100; seed++) {
    const shape = { seed, ...sizesFor(entries.length) }
    const places = entries.map(entry => fusePlaces(entry, shape))
    const order = peel(places, fuseLength(shape))
    if (order === undefined) continue
    const values = new Uint16Array(fuseLength(shape))
    for (const [entry, free] of order.toReversed()) {
      const [first = 0, second = 0, third = 0, fingerprint = 0] = places[entry] ?? []
      values[free] = 0
      values[free] = fingerprint ^ (values[first] ?? 0) ^ (values[second] ?? 0) ^ (values[third] ?? 0)
    }
    const bytes = Buffer.alloc(values.length * fingerprintBytes)
    for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, at * fingerprintBytes)
    return { bytes, shape }
  }
  throw new Error('No seed of a hundred fits: an entry must be there twice.')
}

/** The sizes that the paper gives for three places. */
function sizesFor(count: number): Omit<FuseShape, 'seed'> {
  const segmentLength = 2 ** Math.min(18, Math.floor(Math.log(count) / Math.log(3.33) + 2.25))
  const factor = Math.max(1.125, 0.875 + (0.25 * Math.log(1_000_000)) / Math.log(count))
  return { segmentLength, segments: Math.max(1, Math.ceil((count * factor) / segmentLength) - 2) }
}

/** Entries with the place that each was given, in the order in which they were taken away. */
function peel(places: readonly (readonly number[])[], length: number): (readonly [number, number])[] | undefined {
  const wanted = new Uint32Array(length)
  const wanting = new Uint32Array(length)
  places.forEach((three, entry) => {
    for (const place of three.slice(0, 3)) {
      wanted[place] = (wanted[place] ?? 0) + 1
      wanting[place] = (wanting[place] ?? 0) ^ entry
    }
  })
  const alone = [...wanted.keys()].filter(place => wanted[place] === 1)
  const order: (readonly [number, number])[] = []
  for (let place = alone.pop(); place !== undefined; place = alone.pop()) {
    if (wanted[place] !== 1) continue
    const entry = wanting[place] ?? 0
    order.push([entry, place])
    for (const other of places[entry]?.slice(0, 3) ?? []) {
      wanted[other] = (wanted[other] ?? 0) - 1
      wanting[other] = (wanting[other] ?? 0) ^ entry
      if (wanted[other] === 1) alone.push(other)
    }
  }
  return order.length === places.length ? order : undefined
}
