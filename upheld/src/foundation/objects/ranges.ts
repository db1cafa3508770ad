/** A part of a representation, `end` exclusive. */
export interface Part {
  readonly start: number
  readonly end: number
}

const specifier = /^(\d*)-(\d*)$/
/** More digits than any length has: the number need not be exact, only too large. */
const digitsMax = 16

/**
 * What a Range header asks for of `length` bytes, RFC 9110 section 14. Undefined when it is to be ignored and all is to
 * be sent: another unit, bad syntax, or more than one range, which nobody needs and which can be made to cost much
 * (section 17.15). `unsatisfiable` is 416.
 */
export function rangeOf(header: string | null, length: number): Part | 'unsatisfiable' | undefined {
  if (header === null || length === 0) return undefined
  const [unit, set, ...more] = header.split('=')
  if (unit?.trim().toLowerCase() !== 'bytes' || set === undefined || more.length > 0) return undefined
  const [, first = '', last = ''] = specifier.exec(set.trim()) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const suffix = numberOf(last)
    return suffix === 0 ? 'unsatisfiable' : { start: Math.max(length - suffix, 0), end: length }
  }
  const [start, end] = [numberOf(first), last === '' ? Infinity : numberOf(last) + 1]
  if (end <= start) return undefined
  return start >= length ? 'unsatisfiable' : { start, end: Math.min(end, length) }
}

function numberOf(digits: string): number {
  const significant = digits.replace(/^0+/, '')
  return significant.length > digitsMax ? Number.MAX_SAFE_INTEGER - 1 : Number(significant)
}

/** Whether a list of entity tags, or `*`, names this one. Weak ones compare equal only where `weakly` (RFC 9110 section 8.8.3.2). */
export function names(header: string, etag: string, weakly: boolean): boolean {
  if (header.trim() === '*') return true
  const tags = header.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g) ?? []
  return tags.some(tag => (weakly ? tag.replace(/^W\//, '') : tag) === etag)
}
