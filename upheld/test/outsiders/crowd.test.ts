import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { readGrant } from '../../src/proof/outsiders/grant.ts'
import { outsiderPaths } from '../../src/proof/outsiders/index.ts'
import { openPeopleJobs } from '../../src/people-jobs.ts'
import { testClock } from '../../src/testing/people.ts'
import { application } from '../../../desk/upheld.ts'
import { openLab } from './lab.ts'
import { leftOf } from './left.ts'

/** Keys that still open something, below a folder. */
function wrappedIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(one => one.isFile())
  return files.filter(one => readFileSync(join(one.parentPath, one.name), 'utf8').includes('"wrapped":')).length
}

suite('many strangers, and processes that die', () => {
  test('fifty at once make as many as the limit, and not one more', async () => {
    const lab = await openLab({ limits: { runs_at_once: 2 } })
    try {
      const told = await Promise.all(Array.from({ length: 50 }, (_, at) => lab.begin(`192.0.2.${at + 1}`)))
      const made = told.filter(({ status }) => status === 201)
      assert.equal(made.length, 2)
      assert.ok(told.every(({ status, code }) => status === 201 || code === 'probing.full'))
      const { rows } = await lab.platform.admin.query('select count(*) from upheld_guard.organization where probe')
      assert.equal(Number(rows[0]?.['count']), 4)
      const [one, other] = made.map(({ text }) => readGrant(text))
      assert.ok(one !== undefined && other !== undefined)
      // Two outsiders never meet.
      const headers = one.a.roles['key']?.headers ?? {}
      const met = await lab.ask('GET', `/api/v1/contacts/${other.a.ids['contact'] ?? ''}`, { headers })
      assert.equal(met.status, 404)
    } finally {
      await lab.close()
    }
  })

  test('what a process left that died is taken away by the jobs, and its keys by the next one', async () => {
    const clock = testClock()
    const lab = await openLab({ clock, limits: { minutes: 5 } })
    const { platform } = lab
    const jobs = openPeopleJobs(
      platform.upheld,
      application.people?.access ?? assert.fail(),
      { databaseUrl: platform.urls.jobs, contextKeyFile: 'in memory', product: 'Desk', origin: lab.origin },
      {
        mailer: { send: async () => undefined, close: async () => undefined },
        clock,
        contextKeys: { current: () => platform.key },
      },
    )
    try {
      const grant = readGrant((await lab.begin()).text)
      // As a process leaves it that died between making and handing out: a row, an organization, and nobody who knows.
      await platform.admin.query("update upheld_identity.outsider set credentials = '{}'")
      const job = jobs.jobs.find(({ name }) => name === 'outsiders') ?? assert.fail('there is such a job')
      await job.run()
      assert.notDeepEqual(await leftOf(platform, grant.a.organization), [], 'its time is not over')
      clock.turn(5 * 60)
      await job.run()
      assert.deepEqual(await leftOf(platform, grant.a.organization), [])
      assert.deepEqual(await leftOf(platform, grant.b.organization), [])
      const keys = join(platform.custody.vault?.keyFolder ?? '', grant.a.organization)
      assert.ok(wrappedIn(keys) > 0, 'its keys are there until a process comes that may destroy them')
      assert.equal(await lab.sweep(), 1)
      assert.equal(wrappedIn(keys), 0)
      assert.equal(await lab.sweep(), 0)
      const answer = await lab.ask('GET', '/', { headers: grant.a.roles['owner']?.headers ?? {} })
      assert.ok(answer.status >= 300)
    } finally {
      await jobs.close()
      await lab.close()
    }
  })

  test('as many requests as the contract allows, in a minute and in a run', async () => {
    const lab = await openLab({ limits: { requests_per_minute: 5, requests_per_run: 7, renewals_per_run: 1 } })
    try {
      const grant = readGrant((await lab.begin()).text)
      const headers = grant.b.roles['key']?.headers ?? {}
      const codes: (string | undefined)[] = []
      for (let at = 0; at < 8; at += 1) codes.push((await lab.ask('GET', '/api/v1/account', { headers })).code)
      assert.deepEqual(codes, [...Array<undefined>(5), 'probing.too_fast', 'probing.too_fast', 'probing.spent'])
      const bearer = { authorization: `Bearer ${grant.token}`, 'content-type': 'application/json' }
      const renew = () => lab.ask('POST', outsiderPaths.renewal, { headers: bearer, body: '{}' })
      assert.equal((await renew()).status, 200)
      assert.equal((await renew()).code, 'probing.spent')
    } finally {
      await lab.close()
    }
  })

  test('closed to outsiders: 404 everywhere, in words', async () => {
    const lab = await openLab({ closed: true })
    try {
      const page = await lab.ask('GET', outsiderPaths.page)
      assert.equal(page.status, 404)
      assert.match(page.text, /lets no outsiders probe it/)
      assert.equal((await lab.ask('GET', outsiderPaths.contract)).code, 'probing.off')
      assert.equal((await lab.begin()).code, 'probing.off')
      assert.ok(!(await lab.ask('GET', '/security')).text.includes(outsiderPaths.page))
    } finally {
      await lab.close()
    }
    const open = await openLab()
    try {
      for (const path of ['/security', '/security/verify'])
        assert.ok((await open.ask('GET', path)).text.includes(`href="${outsiderPaths.page}"`), path)
      const schema = await open.ask('GET', outsiderPaths.schema)
      assert.match(schema.text, /upheld\/outsiders-contract@v1/)
      assert.equal((await open.ask('GET', `${outsiderPaths.page}/nothing`)).code, 'probing.no_such_address')
    } finally {
      await open.close()
    }
  })
})
