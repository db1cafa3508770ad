import { isUtf8 } from 'node:buffer'
import { sourceBytesMax } from './limits.ts'
import type { Problem } from './problem.ts'

/** The text of a source, without the mark that some editors put before UTF-8; or the one reason why there is none. */
export function textOf(bytes: Buffer): { readonly text: string } | { readonly problem: Problem } {
  if (bytes.length > sourceBytesMax) {
    return told(`The file has more than ${sourceBytesMax} bytes.`, 'Make it shorter.')
  }
  if (!isUtf8(bytes)) {
    return { problem: { ...firstBad(bytes), says: 'This is no UTF-8.', mend: 'Save the file as UTF-8.' } }
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (text.trim() !== '') return { text }
  return told('The file is empty.', 'Begin with a template: upheld page init --template desk')
}

function told(says: string, mend: string): { readonly problem: Problem } {
  return { problem: { line: 1, column: 1, says, mend } }
}

/** The first byte that no character begins or goes on with. */
function firstBad(bytes: Buffer): { readonly line: number; readonly column: number } {
  let start = 0
  for (let line = 1; ; line++) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline < 0 ? bytes.length : newline
    const whole = bytes.subarray(start, end)
    if (!isUtf8(whole)) return { line, column: goodStart(whole).length + 1 }
    start = end + 1
  }
}

function goodStart(line: Buffer): string {
  const text = line.toString('utf8')
  const place = text.indexOf('\uFFFD')
  return place < 0 ? text : text.slice(0, place)
}
