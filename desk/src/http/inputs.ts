import { z } from 'zod'

/** Words for what people and programs may send. All are trimmed and bounded; none holds what Postgres cannot store. */

// Control characters, apart from line breaks and tabs where a text may have them.
const oneLine = /^\P{Cc}*$/u
const manyLines = /^[\P{Cc}\t\n\r]*$/u

export const line = (max: number) => z.string().trim().min(1).max(max).regex(oneLine, 'must be one line of text')
export const paragraphs = (max: number) => z.string().trim().min(1).max(max).regex(manyLines, 'must be plain text')
export const email = z.email().max(254).toLowerCase()
export const id = z.uuid().toLowerCase()
export const phone = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 ()-]{2,38}$/, 'must be a telephone number')

/** What a route takes when it says nothing else: nothing. Routes extend it, and it stays strict. */
const nothing = z.strictObject({})
export const input = z.strictObject({ params: nothing, query: nothing, body: nothing })
export const withId = input.extend({ params: z.strictObject({ id }) })

/** The names of what is wrong, such as `body.email`, and why; never the value itself. */
export function problemsOf(error: z.ZodError): { readonly at: string; readonly problem: string }[] {
  return error.issues.slice(0, 20).map(issue => ({ at: issue.path.map(String).join('.'), problem: issue.message }))
}
