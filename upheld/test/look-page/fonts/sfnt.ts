// The container of TrueType and OpenType fonts (OpenType 1.9.1, "Organization of an OpenType font"): tables by their tags.

type Tables = ReadonlyMap<string, Buffer>

const headerBytes = 12
const entryBytes = 16
/** What all 32-bit words of a whole font add up to, once `head` says the difference. */
const wholeSum = 0xb1b0afba

export function readTables(font: Buffer): Tables {
  const tables = new Map<string, Buffer>()
  for (let place = 0; place < font.readUInt16BE(4); place += 1) {
    const at = headerBytes + place * entryBytes
    const start = font.readUInt32BE(at + 8)
    tables.set(font.toString('latin1', at, at + 4), font.subarray(start, start + font.readUInt32BE(at + 12)))
  }
  return tables
}

/** One font of TrueType outlines. The tables come in the order of their tags, so that the same tables give the same bytes. */
export function writeTables(tables: Tables): Buffer {
  const sorted = [...tables].sort(([one], [other]) => (one < other ? -1 : 1))
  const header = Buffer.alloc(headerBytes + sorted.length * entryBytes)
  const power = 2 ** Math.floor(Math.log2(sorted.length))
  header.writeUInt32BE(0x00010000, 0)
  header.writeUInt16BE(sorted.length, 4)
  header.writeUInt16BE(power * 16, 6)
  header.writeUInt16BE(Math.log2(power), 8)
  header.writeUInt16BE((sorted.length - power) * 16, 10)
  const bodies: Buffer[] = []
  let start = header.byteLength
  for (const [place, [tag, given]] of sorted.entries()) {
    const body = padded(tag === 'head' ? unsummed(given) : given)
    const at = headerBytes + place * entryBytes
    header.write(tag, at, 'latin1')
    header.writeUInt32BE(sumOf(body), at + 4)
    header.writeUInt32BE(start, at + 8)
    header.writeUInt32BE(given.byteLength, at + 12)
    bodies.push(body)
    start += body.byteLength
  }
  const font = Buffer.concat([header, ...bodies])
  const head = sorted.findIndex(([tag]) => tag === 'head')
  const headStart = header.readUInt32BE(headerBytes + head * entryBytes + 8)
  font.writeUInt32BE((wholeSum - sumOf(font)) >>> 0, headStart + 8)
  return font
}

function unsummed(head: Buffer): Buffer {
  const copy = Buffer.from(head)
  copy.writeUInt32BE(0, 8)
  return copy
}

function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc((4 - (body.byteLength % 4)) % 4)])
}

function sumOf(words: Buffer): number {
  let sum = 0
  for (let at = 0; at < words.byteLength; at += 4) sum = (sum + words.readUInt32BE(at)) >>> 0
  return sum
}
