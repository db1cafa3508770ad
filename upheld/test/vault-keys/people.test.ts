import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { OrganizationId } from '../../src/core/ids.ts'
import { identityHouse } from '../../src/guards/factors/index.ts'
import type { House } from '../people/sso-stage.ts'
import { vaultCommand, type Ran } from './command.ts'
import { keysInRows, openHousehold, tableDomain, type Household, type Somebody } from './people-stage.ts'

suite('the keys of what is sealed of people', () => {
  let here: Household
  let ada: Somebody
  let bob: Somebody
  let acme: House
  let token: string
  before(async () => {
    here = await openHousehold()
    ada = await here.somebody()
    bob = await here.somebody()
    acme = await here.house('acme')
    token = await here.visitorOf(acme)
  })
  after(() => here.close())

  const vault = (words: readonly string[], ending?: Parameters<typeof vaultCommand>[2]): Promise<Ran> =>
    vaultCommand(here, words, ending)
  // Nobody seals under an older key meanwhile, so that nobody has to hear of the new one first.
  const words = ['rotate', '--what', 'data', '--settle-secs', '0']
  const rotate = (...more: readonly string[]) => vault([...words, ...more])
  const states = async (organization: OrganizationId, domain: string): Promise<string[]> =>
    (await here.store.list(organization, domain)).map(({ epoch, state }) => `${epoch} ${state}`)
  const mustHold = async (): Promise<void> => {
    assert.ok(await here.passes(ada), 'the app of one person')
    assert.ok(await here.passes(bob), 'the app of another')
    assert.ok(await here.signsIn(acme), 'the client secret')
    assert.ok(await here.letsIn(token), 'the token of a visitor')
  }

  test('a dry run counts them, and changes nothing', async () => {
    await mustHold()
    const before = await keysInRows(here.people)
    const { out } = await rotate('--dry-run', '--json')
    assert.deepEqual(JSON.parse(out), { what: 'data', organizations: 2, keys: 4, values: 4, dryRun: true })
    const own = await rotate('--dry-run', '--json', '--organization', acme.organization.id)
    assert.deepEqual(JSON.parse(own.out), { what: 'data', organizations: 1, keys: 2, values: 2, dryRun: true })
    assert.deepEqual(await keysInRows(here.people), before)
    assert.match((await vault(['status'])).out, /Organizations with keys: 1\. KEKs: 2.*\nPersons with keys: 2, /)
  })

  test('after a rotation every app, client secret and visitor’s token is good, and the old keys are gone', async () => {
    const before = await keysInRows(here.people)
    const { exitCode, out, err } = await rotate()
    assert.equal(exitCode, 0, err)
    assert.match(out, /4 old keys are destroyed, 4 values sealed anew\./)
    for (const [row, key] of await keysInRows(here.people)) assert.notEqual(key, before.get(row), row)
    assert.deepEqual(await states(identityHouse, `subject:${ada.personId}`), ['1 destroyed', '2 active'])
    const said = await vault(['status', '--organization', identityHouse])
    assert.match(said.out, /These are keys of people/)
    assert.match(said.out, new RegExp(`active +subject:${bob.personId} epoch 2`))
    for (const table of ['sso_connection', 'visitor_key'] as const) {
      assert.deepEqual(await states(acme.organization.id, tableDomain(table)), ['1 destroyed', '2 active'])
    }
    await mustHold()
  })

  test('killed in its middle, everything goes on opening, and the same command finishes it', async () => {
    const crowd = await Promise.all(Array.from({ length: 12 }, () => here.somebody()))
    const ofPeople = ['--organization', identityHouse]
    const killed = await vault([...words, ...ofPeople], { at: 'upheld_identity.totp.seed sealed anew', by: 'SIGKILL' })
    assert.equal(killed.exitCode, null, killed.err)
    for (const one of crowd) assert.ok(await here.passes(one))
    await mustHold()
    const done = await rotate(...ofPeople)
    assert.equal(done.exitCode, 0, done.err)
    assert.match(done.err, /Going on with the rotation/)
    for (const one of crowd) {
      assert.ok(await here.passes(one))
      assert.deepEqual(await states(identityHouse, `subject:${one.personId}`), ['1 destroyed', '2 active'])
    }
    // Of one organization alone: nobody else’s keys have changed.
    assert.deepEqual(await states(acme.organization.id, tableDomain('visitor_key')), ['1 destroyed', '2 active'])
    await mustHold()
  })

  test('a seed that does not open keeps its old key and is named; nobody else is kept waiting', async () => {
    const { admin } = here.people.platform
    const { row, personId } = await here.somebody()
    const spoil = (byte: string) =>
      admin.query(
        `update upheld_identity.totp set seed = overlay(seed::bytea placing '${byte}' from 80) where id = $1`,
        [row],
      )
    const was = (await admin.query('select seed::bytea as seed from upheld_identity.totp where id = $1', [row])).rows[0]
    await spoil(String.raw`\x00`)
    const { exitCode, out } = await rotate('--organization', identityHouse)
    assert.equal(exitCode, 2)
    assert.match(out, /1 values of people \(00000000-.*\) could not be done: their old key is kept/)
    assert.ok(out.includes(`upheld_identity.totp.seed, row ${row}`), out)
    assert.deepEqual(await states(identityHouse, `subject:${personId}`), ['1 decrypt-only', '2 active'])
    await mustHold()
    await admin.query('update upheld_identity.totp set seed = $2 where id = $1', [row, was?.['seed']])
    assert.equal((await rotate('--organization', identityHouse)).exitCode, 0)
    assert.deepEqual(await states(identityHouse, `subject:${personId}`), ['1 destroyed', '2 active'])
  })

  test('a column that lost its label is not passed over: its values keep their keys, and it is named', async () => {
    const { admin } = here.people.platform
    const label = `comment on column upheld_identity.totp.seed is`
    await admin.query(`${label} null`)
    const { exitCode, out } = await rotate('--organization', identityHouse)
    assert.equal(exitCode, 2)
    assert.match(out, /upheld_identity\.totp\.seed, row one of 1: no label/)
    await mustHold()
    await admin.query(`${label} 'sealed as upheld_identity.totp.seed about person_id'`)
    assert.equal((await rotate('--organization', identityHouse)).exitCode, 0)
    await mustHold()
  })

  test('the keys of all people are never destroyed together; an organization that is shredded loses its own alone', async () => {
    for (const more of [[], ['--yes', identityHouse]]) {
      const { exitCode, err } = await vault(['shred', '--organization', identityHouse, ...more])
      assert.equal(exitCode, 64)
      assert.match(err, /^cli\.people_kept/)
    }
    const other = await here.house('other')
    const { id } = acme.organization
    const done = await vault(['shred', '--organization', id, '--yes', id, '--json'])
    assert.equal(done.exitCode, 2, done.err)
    // Whoever runs is told within seconds.
    while ((await here.signsIn(acme)) || (await here.letsIn(token)))
      await new Promise(resolve => setTimeout(resolve, 500))
    assert.ok(await here.signsIn(other))
    assert.ok(await here.passes(ada))
    assert.equal((await rotate()).exitCode, 0)
    assert.ok(await here.signsIn(other))
    assert.ok(await here.passes(ada))
  })
})
