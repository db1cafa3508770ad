// A tar archive with one spelling: POSIX ustar, fixed owner, mode and time, names in an order that follows from the log.
// `tar xf` unpacks it; what reads it here accepts these bytes and no others.

export const blockBytes = 512
const nameBytesMax = 100
const sizeMax = 8 ** 11 - 1

/** The header of one file. Undefined when name or size do not fit. */
export function tarHeader(path: string, size: number): Buffer | undefined {
  if (Buffer.byteLength(path) >= nameBytesMax || size > sizeMax) return undefined
  const header = Buffer.alloc(blockBytes)
  header.write(path, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  let sum = 0
  for (const byte of header) sum += byte
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** How many zero bytes follow a file. */
export function tarPadding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes
}

export const tarEnd = Buffer.alloc(2 * blockBytes)

/** What a header says, unchecked: the caller makes the header anew and compares. */
export function readTarHeader(header: Buffer): { readonly path: string; readonly size: number } {
  const end = header.indexOf(0)
  return {
    path: header.toString('utf8', 0, Math.min(end < 0 ? nameBytesMax : end, nameBytesMax)),
    size: Number.parseInt(header.toString('latin1', 124, 135), 8),
  }
}
