import { type LinkedObjects, type Organization, UpheldError } from 'upheld'

const everyMs = 60 * 60 * 1000
/** When an organization was swept last, by this process. */
const swept = new Map<string, number>()
const prefix = 'attachments/'

/** What a row was deleted of, or never made for because its process was killed, goes within an hour or two of use. */
export async function sweepNowAndThen(organization: Organization, objects: LinkedObjects): Promise<void> {
  const nowMs = performance.now()
  if (nowMs - (swept.get(organization.id) ?? -Infinity) < everyMs) return
  swept.set(organization.id, nowMs)
  try {
    // Longer than any upload lasts: its object is there before its row.
    const [hour] = await organization.sql<{ before: Date }>`select now() - interval '1 hour' as before`
    if (hour !== undefined) await sweep(organization, objects, hour.before)
  } catch (thrown) {
    // Whoever attaches a file is not to blame for a store with something altered in it: reading that says so.
    if (!(thrown instanceof UpheldError)) throw thrown
  }
}

/**
 * Removes the objects of attachments that have no row and were put before `before`. The row goes first and the object
 * after it: whoever is interrupted in between leaves an object that nobody can name, and this finds it.
 */
export async function sweep(organization: Organization, objects: LinkedObjects, before: Date): Promise<number> {
  let removed = 0
  for await (const { name, createdAt } of objects.list(prefix)) {
    if (createdAt >= before) continue
    const id = name.slice(prefix.length)
    const rows = await organization.sql`select from desk.attachment where id::text = ${id}`
    if (rows.length > 0) continue
    await objects.remove(name)
    removed += 1
  }
  return removed
}
