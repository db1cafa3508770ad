import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization } from '../tenancy/index.ts'
import { fromNowOn, portsIn, token, vaultOver } from '../../../test/vault-keys/keys.ts'
import { opened, openWard, plantTokens, tokens, type Ward } from '../../../test/vault-keys/lab.ts'
import { killedAtEveryCall, resultOf, run, start } from '../../../test/vault-keys/start.ts'
import { closedFloor, planShred, rewrapRoot, rotateKeks, shred, type Holder, type ShredPorts } from './index.ts'

suite('keys are destroyed', () => {
  let ward: Ward
  before(async () => {
    ward = await openWard()
  })
  after(() => ward.close())

  const email = { table: 'ward.person', column: 'email' }
  const destroyed = { code: 'vault.key_destroyed' }
  const shredPorts = (forget: (organization: OrganizationId) => void = () => undefined): ShredPorts => ({
    ...ward.ports,
    forget,
    memorySecsMax: 0,
    clearIndexes: (organization, keyIds) => ward.reseal().rows.clearIndexes(organization, keyIds),
  })
  async function plantPerson(organization: Organization, text: string): Promise<string> {
    const vault = ward.vault()
    const id = randomUUID()
    const value = await vault.seal(organization.id, { ...email, row: id, subject: id }, text)
    const index = await vault.blindIndex(organization.id, { ...email, bits: 24 }, text)
    await organization.sql`insert into ward.person (organization_id, id, email, email_index) values (${organization.id}, ${id}, ${value}, ${index})`
    return id
  }
  async function emailOf(organization: Organization, id: string, vault = ward.vault()): Promise<string> {
    const [row] = await organization.sql<{
      email: Buffer
    }>`select email::bytea as email from ward.person where id = ${id}`
    return (
      await vault.open(organization.id, { ...email, row: id, subject: id }, row?.email ?? Buffer.alloc(0))
    ).reveal()
  }

  test('A5.20 nothing of a destroyed organization opens, here at once, and nothing is sealed or made for it again', async () => {
    const [organization, other] = [await ward.organization(), await ward.organization()]
    const vault = ward.vault()
    await plantTokens(organization, vault, 4)
    await plantTokens(other, vault, 2)
    const ada = await plantPerson(organization, 'ada@example.org')
    await opened(organization, vault)
    const plan = await planShred(ward.ports, { organization: organization.id })
    assert.equal(plan.keys, 4)
    assert.deepEqual(plan.domains.toSorted(), ['index', 'kek', `subject:${ada}`, 'table:ward.token'].toSorted())
    ward.events.length = 0
    const result = await shred(
      shredPorts(id => vault.forget(id)),
      { organization: organization.id },
    )
    assert.deepEqual({ keys: result.keys, indexes: result.indexes }, { keys: 4, indexes: 5 })
    assert.deepEqual(
      ward.events.map(({ what }) => what),
      Array.from({ length: 4 }, () => 'destroyed'),
    )
    await assert.rejects(opened(organization, vault), destroyed)
    await assert.rejects(emailOf(organization, ada, vault), destroyed)
    for (const attempt of [
      () => vault.seal(organization.id, { ...token, row: 'new' }, 'new'),
      () => vault.blindIndex(organization.id, token, 'secret 0'),
      () => vault.dataKey(organization.id, 'objects'),
      () => ward.vault().dataKey(organization.id, 'table:something.new'),
    ]) {
      await assert.rejects(attempt(), destroyed)
    }
    assert.equal((await opened(other, vault)).size, 2)
  })

  test('A5.20 the blind indexes of a destroyed organization tell nothing any more', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 3)
    const ada = await plantPerson(organization, 'ada@example.org')
    const index = async () => {
      const [row] = await organization.sql<{
        index: Buffer | null
      }>`select email_index::bytea as index from ward.person where id = ${ada}`
      return { person: row?.index, tokens: (await tokens(organization)).map(one => one.secret_index.toString('hex')) }
    }
    const before = await index()
    await shred(shredPorts(), { organization: organization.id })
    const left = await index()
    assert.ok(before.person)
    assert.equal(left.person, null)
    // This column may not be empty, so it holds something else.
    assert.equal(left.tokens.length, 3)
    assert.ok(left.tokens.every(one => !before.tokens.includes(one)))
  })

  test('one person is forgotten, and of everybody else everything opens', async () => {
    const organization = await ward.organization()
    const [ada, bob] = [
      await plantPerson(organization, 'ada@example.org'),
      await plantPerson(organization, 'bob@example.org'),
    ]
    await plantTokens(organization, ward.vault(), 2)
    const vault = ward.vault()
    await emailOf(organization, ada, vault)
    const result = await shred(
      shredPorts(id => vault.forget(id)),
      { organization: organization.id, subject: ada },
    )
    assert.deepEqual({ keys: result.keys, indexes: result.indexes }, { keys: 1, indexes: 1 })
    await assert.rejects(emailOf(organization, ada, vault), destroyed)
    await assert.rejects(vault.seal(organization.id, { ...email, row: ada, subject: ada }, 'again'), destroyed)
    assert.equal(await emailOf(organization, bob, vault), 'bob@example.org')
    assert.equal((await opened(organization, vault)).size, 2)
    // Whoever knows the address finds nobody by it: the index is gone with the value.
    const index = await vault.blindIndex(organization.id, { ...email, bits: 24 }, 'ada@example.org')
    assert.deepEqual(await organization.sql`select id from ward.person where email_index = ${index}`, [])
  })

  test('A5.21 the rows of a backup, put back after shredding, stay unreadable', async () => {
    const organization = await ward.organization()
    const ids = await plantTokens(organization, ward.vault(), 3)
    const { admin } = ward.platform
    const copy = `backup_${randomUUID().replaceAll('-', '')}`
    await admin.query(`create table public.${copy} as select * from ward.token where organization_id = $1`, [
      organization.id,
    ])
    await shred(shredPorts(), { organization: organization.id })
    await admin.query('delete from ward.token where organization_id = $1', [organization.id])
    await admin.query(`insert into ward.token select * from public.${copy}`)
    await admin.query(`drop table public.${copy}`)
    assert.equal((await tokens(organization)).length, ids.length)
    await assert.rejects(opened(organization, ward.vault()), destroyed)
  })

  test('A5.21 a key store that came back with its backup is refused, said, and shredded again when asked', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 2)
    const folder = join(ward.folder, 'vault', organization.id)
    const backup = join(ward.folder, `backup-${organization.id}`)
    cpSync(folder, backup, { recursive: true })
    await shred(shredPorts(), { organization: organization.id })
    rmSync(folder, { recursive: true })
    await assert.rejects(opened(organization, ward.vault()), destroyed)
    cpSync(backup, folder, { recursive: true })
    ward.events.length = 0
    await assert.rejects(opened(organization, ward.vault()), destroyed)
    await assert.rejects(ward.vault().dataKey(organization.id, 'new'), destroyed)
    assert.ok(
      ward.events.some(({ what, organization: of }) => what === 'refused below floor' && of === organization.id),
    )
    assert.equal((await rewrapRoot(ward.ports)).failed.length, 0)
    await rotateKeks(ward.ports, { since: await fromNowOn(), settleMs: 0, organization: organization.id })
    await assert.rejects(opened(organization, ward.vault()), destroyed)
    assert.equal((await shred(shredPorts(), { organization: organization.id })).keys, 3)
    assert.equal((await shred(shredPorts(), { organization: organization.id })).keys, 0)
  })

  test('destroyed is said only when no place may hold a key, and asked again later it can become true', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 1)
    const later = new Date(Date.now() + 86_400_000).toISOString()
    const soon = new Date(Date.now() + 60_000).toISOString()
    const answers: Record<string, readonly Holder[]> = {
      kek: [
        { store: 'key folder', holds: 'gone' },
        { store: 'backups', holds: 'may hold', until: soon },
      ],
      index: [
        { store: 'key folder', holds: 'gone' },
        { store: 'backups', holds: 'may hold', until: later },
      ],
    }
    let day = 0
    const ports: ShredPorts = {
      ...shredPorts(),
      memorySecsMax: 3600,
      clock: { ...ward.ports.clock, now: () => new Date(Date.now() + day * 86_400_000) },
      store: { ...ward.ports.store, holders: async record => answers[record.domain] ?? [] },
    }
    const first = await shred(ports, { organization: organization.id })
    assert.deepEqual({ state: first.state, until: first.until }, { state: 'pending', until: later })
    assert.deepEqual(
      first.holders.map(({ store, holds }) => `${store}: ${holds}`),
      ['key folder: gone', 'backups: may hold', 'memory of running processes: may hold'],
    )
    answers['table:ward.token'] = [{ store: 'snapshots', holds: 'may hold' }]
    const unknown = await shred(ports, { organization: organization.id })
    assert.deepEqual({ state: unknown.state, until: unknown.until }, { state: 'pending', until: undefined })
    delete answers['table:ward.token']
    day = 2
    const last = await shred(ports, { organization: organization.id })
    assert.deepEqual(
      { state: last.state, until: last.until, keys: last.keys },
      { state: 'destroyed', until: undefined, keys: 0 },
    )
    answers['kek'] = [{ store: 'key folder', holds: 'holds' }]
    assert.equal((await shred(ports, { organization: organization.id })).state, 'pending')
  })

  test('shredding that is killed after any change is finished by asking again, and reads nothing meanwhile once it has begun', async () => {
    const kills = await killedAtEveryCall(async dieAfter => {
      const organization = await ward.organization()
      await plantTokens(organization, ward.vault(), 1)
      const end = await run({ folder: ward.folder, work: 'shred', organization: organization.id, dieAfter })
      const fresh = vaultOver(portsIn(ward.folder))
      await assert.rejects(opened(organization, fresh), destroyed, `killed after change ${dieAfter}`)
      await shred(shredPorts(), { organization: organization.id })
      for (const domain of await ward.ports.store.domains(organization.id)) {
        const records = await ward.ports.store.list(organization.id, domain)
        assert.ok(records.every(({ state, wrapped }) => state === 'destroyed' && wrapped === undefined))
      }
      fresh.close()
      return end
    })
    assert.ok(kills >= 4, `only ${kills} changes`)
  })

  test('A5.20 another process that holds the keys in memory is told, and does not wait for their time to be over', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 1)
    const serving = await start({
      folder: ward.folder,
      databaseUrl: ward.platform.urls.app,
      identityUrl: ward.platform.urls.identity,
      work: 'serve',
      organization: organization.id,
    })
    serving.go()
    await serving.said('opened')
    await shred(shredPorts(), { organization: organization.id })
    assert.equal(resultOf(await serving.end, z.string()), 'vault.key_destroyed')
  })

  test('an organization that never had a key is closed all the same', async () => {
    const organization = await ward.organization()
    const result = await shred(shredPorts(), { organization: organization.id })
    assert.deepEqual(
      { state: result.state, keys: result.keys, known: result.known },
      { state: 'destroyed', keys: 0, known: 0 },
    )
    assert.equal(await ward.ports.floors.read(organization.id, 'kek'), closedFloor)
    await assert.rejects(ward.vault().seal(organization.id, { ...token, row: 'one' }, 'x'), destroyed)
  })
})
