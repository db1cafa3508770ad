import { existsSync, readFileSync } from 'node:fs'
import { messageOf } from '../../core/errors.ts'
import { refuse } from './errors.ts'

/** A key as it is written, or a file that holds one. A key has a plus sign in it, twice. */
export function keyFrom(text: string): string {
  if (!existsSync(text) && text.includes('+')) return text.trim()
  try {
    return readFileSync(text, 'utf8').trim()
  } catch (cause) {
    throw refuse.bad_option({ detail: `--key: ${messageOf(cause)}`, cause })
  }
}
