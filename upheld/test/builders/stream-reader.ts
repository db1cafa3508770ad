import { z } from 'zod'
import { upheld } from '../../src/index.ts'

/** Runs in a process with little memory: reads many rows in one way or the other and says how many they were. */
const work = z.strictObject({
  url: z.string(),
  key: z.strictObject({ id: z.string(), cell: z.string(), secret: z.string() }),
  organization: z.string(),
  how: z.enum(['in parts', 'at once']),
})

const text = `select n, n || repeat('.', 500) as filling from generate_series(1, 200000) n`

process.once('message', message => {
  const { url, key, organization, how } = work.parse(message)
  const platform = upheld(
    { databaseUrl: url, contextKeyFile: 'in memory', tenancy: { statementTimeoutMs: 60_000 } },
    { contextKeys: { current: () => ({ ...key, secret: Buffer.from(key.secret, 'hex') }) } },
  )
  const one = platform.organization(organization)
  const count = async (): Promise<number> => {
    if (how === 'at once') return (await one.query(text)).length
    let rows = 0
    for await (const part of one.stream(text)) rows += part.length
    return rows
  }
  count().then(
    async rows => {
      process.send?.(rows)
      await platform.close()
      process.disconnect?.()
    },
    () => process.exit(1),
  )
})
