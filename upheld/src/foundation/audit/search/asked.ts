import { z } from 'zod'
import { refuse } from './errors.ts'

/** Text that Postgres can hold; what stands in no entry finds none. */
const word = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(text => text.isWellFormed() && !text.includes('\0'), 'text that cannot be stored')

const form = z
  .strictObject({
    /** Received at or after this moment. */
    from: z.date().optional(),
    /** Received before this moment. */
    to: z.date().optional(),
    /** Such as `member`, `api-key`, `operator`. */
    actorType: word(100).optional(),
    actorId: word(100).optional(),
    /** Such as `row.update`; the whole of it. */
    action: word(80).optional(),
    /** A table, such as `desk.contact`. */
    object: word(200).optional(),
    /** One thing, as `kind:identifier`, such as `desk.contact:0b3f…`. */
    target: word(512).optional(),
    outcome: z.enum(['success', 'failure', 'denied']).optional(),
    limit: z.number().int().min(1).max(100).default(25),
    /** `next` of the page before. */
    after: z.string().min(1).max(100).optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, 'it ends before it begins')

/** What is looked for. All of it must hold; without anything it is the newest entries. */
export type AuditQuestion = z.input<typeof form>
export type Asked = z.output<typeof form>

/** The names of what narrows a search. */
export const filterNames = ['from', 'to', 'actorType', 'actorId', 'action', 'object', 'target', 'outcome'] as const

/** @throws audit_search.bad_search with every problem at once */
export function parseQuestion(given: AuditQuestion): Asked {
  const read = form.safeParse(given)
  if (!read.success) throw refuse.bad_search({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
  return Object.freeze(read.data)
}

/** A place between two entries: everything below it is older. */
interface Place {
  /** Which of the organization's logs, from 0. It has one, and one more for each time that a database was turned back. */
  readonly log: number
  readonly below: number
}

const cursorForm = z.tuple([z.int().min(0), z.int().min(0)])

export function writeCursor({ log, below }: Place): string {
  return Buffer.from(JSON.stringify([log, below])).toString('base64url')
}

/** @throws audit_search.bad_cursor */
export function readCursor(text: string): Place {
  try {
    const [log, below] = cursorForm.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { log, below }
  } catch (cause) {
    throw refuse.bad_cursor({ cause })
  }
}
