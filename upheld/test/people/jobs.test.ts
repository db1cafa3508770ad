import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { assert as must } from '../../src/core/errors.ts'
import { openPeopleJobs, type JobName, type PeopleJobs } from '../../src/people-jobs.ts'
import type { OutgoingMail } from '../../src/guards/identity/index.ts'
import { house, identityStage, visitor, type Stage } from './identity-stage.ts'

suite('what happens to people by itself', () => {
  let stage: Stage
  let jobs: PeopleJobs
  const sent: OutgoingMail[] = []
  before(async () => {
    stage = await identityStage()
    const { platform, clock } = stage.people
    jobs = openPeopleJobs(
      platform.upheld,
      house,
      {
        databaseUrl: platform.urls.jobs,
        contextKeyFile: 'in memory',
        product: 'Northwind',
        origin: 'https://desk.example',
      },
      {
        mailer: { send: async mail => void sent.push(mail), close: async () => undefined },
        clock,
        contextKeys: { current: () => platform.key },
      },
    )
  })
  after(async () => {
    await jobs.close()
    await stage.close()
  })

  const run = async (name: JobName): Promise<void> => {
    const job = jobs.jobs.find(one => one.name === name)
    must(job !== undefined, 'there is such a job')
    await job.run()
  }
  const count = async (table: string): Promise<number> => {
    const { rows } = await stage.people.platform.admin.query(`select count(*)::int as n from ${table}`)
    return Number(rows[0]?.['n'])
  }

  test('every job runs over its own login, with nothing to do and again', async () => {
    for (const { run: once } of [...jobs.jobs, ...jobs.jobs]) await once()
  })

  test('a mail leaves once, with a link to where people reach the application; one to .invalid never leaves', async () => {
    const password = 'a phrase that is long enough'
    await stage.identity.signUp({ email: 'bea@example.org', name: 'Bea', password }, visitor())
    await stage.identity.signUp({ email: 'bea@probe.invalid', name: 'Bea', password }, visitor())
    await run('mails')
    await run('mails')
    assert.deepEqual(
      sent.map(({ to }) => to),
      ['bea@example.org'],
    )
    assert.match(sent[0]?.text ?? '', /https:\/\/desk\.example\/sign-up\/confirm/)
  })

  test('what is over goes: sessions, sign-ups, counts of guesses', async () => {
    const { email } = await stage.somebody()
    const guess = { email, password: 'not the password of hers' }
    await assert.rejects(stage.identity.signIn(guess, visitor()), { code: 'identity.wrong_credentials' })
    const tables = ['session', 'sign_up', 'guess', 'mail']
    for (const table of tables) assert.ok((await count(`upheld_identity.${table}`)) > 0, table)
    stage.people.clock.turn(500 * 86_400)
    await run('clearing')
    for (const table of tables) assert.equal(await count(`upheld_identity.${table}`), 0, table)
  })
})
