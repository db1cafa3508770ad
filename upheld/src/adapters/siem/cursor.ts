import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { writeWholeFile } from '../files/index.ts'
import { refuse, type Cursor, type Position } from '../../foundation/audit/siem/index.ts'

const form = z.strictObject({
  upheld: z.literal('audit export cursor'),
  organization: z.string(),
  format: z.string(),
  to: z.string(),
  origin: z.string(),
  next: z.int().min(0),
})

/** Which export a cursor belongs to. Another organization, format or receiver must not take it over. */
export interface Belongs {
  readonly organization: string
  readonly format: string
  readonly to: string
}

/**
 * A position in a file, replaced whole after each batch.
 * @throws siem.bad_cursor, siem.foreign_cursor
 */
export function fileCursor(path: string, belongs: Belongs): Cursor {
  let known: Position | undefined
  if (existsSync(path)) {
    const { organization, format, to, origin, next } = readForm(path)
    const other = organization !== belongs.organization || format !== belongs.format || to !== belongs.to
    if (other) throw refuse.foreign_cursor({ detail: path })
    known = { origin, next }
  }
  return Object.freeze({
    read: () => known,
    write({ origin, next }: Position) {
      known = { origin, next }
      writeWholeFile(path, `${JSON.stringify({ upheld: 'audit export cursor', ...belongs, origin, next })}\n`)
    },
  } satisfies Cursor)
}

function readForm(path: string): z.infer<typeof form> {
  try {
    return form.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw refuse.bad_cursor({ detail: path, cause })
  }
}
