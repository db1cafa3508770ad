import { verify } from '@node-rs/argon2'
import { assert } from '../upheld/src/core/errors.ts'
import { identityStage, password, visitor, type Somebody, type Stage } from '../upheld/test/people/identity-stage.ts'
import { contest, type Contestant, type Score, type Sizes } from './harness.ts'

export interface SignInResult {
  readonly concurrency: number
  readonly scores: readonly Score[]
  /** Statements of one whole sign-in outside of organizations. */
  readonly statements: number
}

/** The pepper of the stage. */
const secret = new Uint8Array(32).fill(7)

/** A right password on a known device: the hash alone, by our line, counted around it, and the whole way to a session. */
export async function signInBench(sizes: readonly Sizes[]): Promise<readonly SignInResult[]> {
  const stage = await identityStage()
  try {
    const ways = waysOf(stage, await manyOn(stage))
    const results: SignInResult[] = []
    for (const size of sizes) {
      stage.statements()
      await ways.at(-1)?.run(0)
      const statements = stage.statements().length
      results.push({ concurrency: size.concurrency, scores: await contest(ways, size), statements })
    }
    return results
  } finally {
    await stage.close()
  }
}

interface Known extends Somebody {
  readonly hash: string
}

/** More than sign in at once: of one account so many at once would be slowed. */
const peopleCount = 16

async function manyOn(stage: Stage): Promise<readonly Known[]> {
  const all: Known[] = []
  for (let count = 0; count < peopleCount; count++) {
    const one = await stage.somebody()
    const query = 'select hash from upheld_identity.password where person_id = $1'
    const { rows } = await stage.people.platform.admin.query(query, [one.personId])
    all.push({ ...one, hash: String(rows[0]?.['hash']) })
  }
  return all
}

function waysOf(stage: Stage, all: readonly Known[]): readonly Contestant[] {
  const { takeover, passwords } = stage.ports
  const way = (name: string, run: (one: Known) => Promise<boolean>): Contestant => ({
    name,
    async run(index) {
      const one = all[index % all.length]
      assert(one !== undefined, 'there are people')
      return String(await run(one))
    },
  })
  return [
    way('argon2id alone', ({ hash }) => verify(hash.replace(/,keyid=[^$]+/, ''), password, { secret })),
    way('in line', async ({ hash }) => (await passwords.verify(hash, password)).ok),
    way('in line, counted', async ({ hash, personId }) => {
      const account = { person: personId }
      const asked = await takeover.ask({ account, factor: 'password', visitor: visitor(), known: 'laptop' })
      assert(asked.go, 'a known device gets through')
      const { ok } = await passwords.verify(hash, password)
      await takeover.note(asked.ticket, ok ? 'signed-in' : 'failed')
      return ok
    }),
    way('to a session', async ({ email, device }) => {
      const arrived = await stage.identity.signIn({ email, password }, { ...visitor(), device })
      return arrived.needs === 'nothing'
    }),
  ]
}
