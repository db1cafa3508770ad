import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { PeopleGround, TwinWorld } from '../../src/proof/claims/index.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

suite('the ground for probes of people', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  const groundOf = ({ people }: { readonly people?: PeopleGround }): PeopleGround => {
    assert.ok(people !== undefined)
    return people
  }

  test('every role gets in by a session of its own, on the live system and on a twin', async () => {
    const twin = await system.stage.twin()
    try {
      for (const world of [system.stage.live, twin.world]) {
        const { entrance } = world
        assert.ok(entrance !== undefined)
        const platform = world.open({ connectionsMax: 1 })
        const furnishing = await entrance.routes.furnish(platform.organization(entrance.thief), 'furnished')
        const origin = await world.origin()
        for (const [role, status] of [
          ['owner', 200],
          ['agent', 200],
          ['no role', 403],
          ['directory', 303],
          ['key', 303],
        ] as const) {
          const asked = await fetch(`${origin}/things`, {
            headers: furnishing.roles[role]?.headers ?? {},
            redirect: 'manual',
          })
          assert.equal(asked.status, status, role)
        }
        const byKey = await fetch(`${origin}/api/things`, { headers: furnishing.roles['key']?.headers ?? {} })
        assert.equal(byKey.status, 200)
        const asVisitor = await fetch(`${origin}/widget/things`, {
          headers: furnishing.roles['visitor']?.headers ?? {},
        })
        assert.equal(asVisitor.status, 200)
        await groundOf(world).clear(entrance.thief)
        const gone = await fetch(`${origin}/things`, {
          headers: furnishing.roles['owner']?.headers ?? {},
          redirect: 'manual',
        })
        assert.equal(gone.status, 303)
        await platform.close()
      }
    } finally {
      await twin.drop()
    }
  })

  test('mails below .invalid are read by probes alone; an organization that is not a probe’s is not cleared', async () => {
    const ground = groundOf(system.stage.live)
    const people = ground.open()
    const database = openDatabase(system.urls.identity, { connectionsMax: 1 })
    const domain = 'letters.invalid'
    try {
      await people.identity.signUp({ email: `ada@${domain}`, name: 'Ada', password: 'a long enough phrase of hers' })
      const [letter, ...others] = await ground.letters(domain)
      assert.equal(others.length, 0)
      assert.match(letter?.text ?? '', /\/sign-up\/confirm/)
      assert.deepEqual(await ground.letters(domain), [])
      await assert.rejects(ground.letters('example.org'), { code: 'prover.not_invalid' })
      await ground.clearPersons(domain)
      const left = await database.query(`select 1 from upheld_identity.sign_up where email like '%.invalid'`)
      assert.equal(left.rowCount, 0)
      const customer = await system.upheld.createOrganization()
      await assert.rejects(ground.clear(customer.id), { code: 'prover.not_a_probe' })
    } finally {
      await database.close()
      await people.close()
    }
  })

  test('a part that is broken on purpose is broken in the pages of the twin', async () => {
    const twin = await system.stage.twin()
    try {
      const world: TwinWorld = twin.world
      const origin = await world.serve(page => page, undefined, {
        identity: sound => ({ ...sound, signIn: () => Promise.reject(new Error('broken on purpose')) }),
      })
      const body = new URLSearchParams({ email: 'ada@letters.invalid', password: 'whatever it is' })
      const answer = await fetch(`${origin}/sign-in`, { method: 'POST', body, headers: { origin } })
      assert.equal(answer.status, 500)
    } finally {
      await twin.drop()
    }
  })
})
