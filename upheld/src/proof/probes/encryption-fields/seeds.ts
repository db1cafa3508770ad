import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../core/clock.ts'
import type { Database } from '../../../core/ports.ts'
import type { PeopleBend } from '../../../index.ts'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { codeAt, seedOf, stepAt } from '../people/codes.ts'
import { findIn } from './leaks.ts'

const where = 'upheld_identity.totp.seed'
const network = '127.0.0.0'

type Factors = Parameters<NonNullable<PeopleBend['factors']>>[0]
type Apps = Factors['totp']

/** Somebody who is about to confirm an authenticator app. */
interface Enrolled {
  readonly personId: string
  readonly enrollmentId: string
  readonly seed: Buffer
}

/** Where Upheld keeps the people: seeds of their apps, seen by a thief of the login that holds them, and put to another. */
export async function attackSeeds(world: World, report: Report): Promise<void> {
  const { people: ground } = world
  if (ground === undefined) return
  const domain = `probe-${randomBytes(8).toString('hex')}.invalid`
  const apps: Apps[] = []
  const keep = (factors: Factors): Factors => (apps.push(factors.totp), factors)
  const [people, thief] = [ground.open({ factors: keep }), world.login('identity')]
  try {
    const [app] = apps
    if (app === undefined) throw cannotProbe('Nobody checks the codes of apps.')
    const ada = await enrolled(app, thief, `ada@${domain}`)
    const bob = await enrolled(app, thief, `bob@${domain}`)
    const envelope = await envelopeOf(thief, ada)
    await lookInto(envelope, ada, report)
    const said = await confirmed(app, ada, ada.seed)
    if (said !== 'passed') throw cannotProbe(`The code of an app of one's own ended with ${said}.`)
    await thief.query('update upheld_identity.totp set seed = $2 where id = $1', [bob.enrollmentId, envelope])
    await mustStayOut(app, bob, ada.seed, report)
  } finally {
    await ground.clearPersons(domain).finally(() => Promise.all([people.close(), thief.close()]))
  }
}

async function enrolled(app: Apps, login: Database, account: string): Promise<Enrolled> {
  const { rows } = await login.query(
    `insert into upheld_identity.person (email, email_verified_at, name) values ($1, now(), 'Probe') returning id`,
    [account],
  )
  const personId = String(rows[0]?.['id'])
  const { enrollmentId, secret } = await app.begin({ personId, account })
  return { personId, enrollmentId, seed: seedOf(secret) }
}

async function envelopeOf(login: Database, { enrollmentId }: Enrolled): Promise<Buffer> {
  const { rows } = await login.query('select seed from upheld_identity.totp where id = $1', [enrollmentId])
  const seed = rows[0]?.['seed']
  if (!(seed instanceof Buffer)) throw cannotProbe('No envelope lies where a seed was sealed.')
  return seed
}

async function lookInto(envelope: Buffer, { seed }: Enrolled, report: Report): Promise<void> {
  async function* only(): AsyncGenerator<Uint8Array> {
    yield envelope
  }
  const [found] = await findIn(only(), [{ value: seed.toString('latin1'), where }], 'latin1')
  if (found === undefined) report.observe('read the seed of an app', where)
  else report.refute({ attack: 'read the seed of an app', where, saw: 'the seed, in clear' })
}

/** Whoever puts their own seed to somebody else would hold the app of that person. */
async function mustStayOut(app: Apps, at: Enrolled, seed: Buffer, report: Report): Promise<void> {
  const attack = 'move the seed of an app to another person'
  const said = await confirmed(app, at, seed)
  if (said === 'passed') report.refute({ attack, where, saw: 'its code passed' })
  else if (said.startsWith('vault.')) report.observe(attack, where)
  else throw cannotProbe(`"${attack}" ended with ${said}.`)
}

async function confirmed(app: Apps, { personId, enrollmentId }: Enrolled, seed: Buffer): Promise<string> {
  const code = codeAt(seed, stepAt(systemClock.now().getTime()))
  return app
    .confirm({ personId, enrollmentId, code, network })
    .then(({ passed }) => (passed ? 'passed' : 'refused'), codeOf)
}
