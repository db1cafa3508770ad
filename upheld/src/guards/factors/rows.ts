import { z } from 'zod'

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Identifiers come back in paths and forms: what is none names nothing, and the database is not asked. */
export function isId(text: string): boolean {
  return uuidForm.test(text)
}

export const bytes = z.instanceof(Uint8Array)

/** A date that may be absent, as the rest of the code has it. */
export const maybeDate = z
  .date()
  .nullable()
  .transform(date => date ?? undefined)
