import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import pg from 'pg'
import { assert } from '../upheld/src/core/errors.ts'
import { identityStage, type Stage } from '../upheld/test/people/identity-stage.ts'
import { contest, type Contestant, type Score, type Sizes } from './harness.ts'

export interface SessionResult {
  readonly concurrency: number
  readonly scores: readonly Score[]
  /** Statements of one check. */
  readonly statements: number
}

const connectionsMax = 8

/** Who is signed in: one session check here, and one by the library that most others would take, on the same database. */
export async function sessionBench(sizes: readonly Sizes[]): Promise<readonly SessionResult[]> {
  const stage = await identityStage()
  const other = await otherOn(stage)
  try {
    const { token } = await stage.somebody()
    const ways: readonly Contestant[] = [
      { name: 'upheld', run: async () => String((await stage.identity.verify(token)) !== undefined) },
      { name: 'better-auth', run: async () => String(await other.check()) },
    ]
    const results: SessionResult[] = []
    for (const size of sizes) {
      stage.statements()
      await ways[0]?.run(0)
      const statements = stage.statements().length
      results.push({ concurrency: size.concurrency, scores: await contest(ways, size), statements })
    }
    return results
  } finally {
    await other.close()
    await stage.close()
  }
}

/** Its own tables in a schema of their own, over as many connections; with what it comes with, and nothing turned off. */
async function otherOn(stage: Stage): Promise<{ check(): Promise<boolean>; close(): Promise<void> }> {
  const { admin, adminUrl } = stage.people.platform
  await admin.query('create schema other')
  const pool = new pg.Pool({ connectionString: adminUrl, max: connectionsMax, options: '-c search_path=other' })
  const auth = betterAuth({
    database: pool,
    secret: 'a secret of this bench, and of nobody else',
    baseURL: 'http://localhost:3000',
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
  })
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  const signedUp = await auth.api.signUpEmail({
    body: { email: 'ada@example.org', password: 'seven grey boats at dawn', name: 'Ada' },
    returnHeaders: true,
  })
  const cookies = signedUp.headers.getSetCookie().map(cookie => cookie.split(';')[0])
  const headers = new Headers({ cookie: cookies.join('; ') })
  const check = async (): Promise<boolean> => (await auth.api.getSession({ headers })) !== null
  assert(await check(), 'the other knows its session')
  return { check, close: () => pool.end() }
}
