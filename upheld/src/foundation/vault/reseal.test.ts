import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import type { Organization } from '../tenancy/index.ts'
import { fromNowOn, token } from '../../../test/vault-keys/keys.ts'
import { opened, openWard, plantTokens, tokens, type Ward } from '../../../test/vault-keys/lab.ts'
import { killedAtEveryCall, run } from '../../../test/vault-keys/start.ts'
import {
  copySealed,
  emptying,
  reseal,
  rotateDataKeys,
  type Emptied,
  type KeyDomain,
  type ResealPorts,
} from './index.ts'

const domain = 'table:ward.token'

suite('values are sealed anew', () => {
  let ward: Ward
  before(async () => {
    ward = await openWard()
  })
  after(() => ward.close())

  const statesOf = async (organization: Organization, one: KeyDomain): Promise<string[]> =>
    (await ward.ports.store.list(organization.id, one)).map(({ epoch, state }) => `${epoch} ${state}`)
  const activeId = async (organization: Organization, one: KeyDomain): Promise<string | undefined> =>
    (await ward.ports.store.list(organization.id, one)).find(({ state }) => state === 'active')?.id
  const keyIds = async (organization: Organization): Promise<Set<string>> =>
    new Set((await tokens(organization)).map(({ secret }) => secret.toString('hex', 4, 12)))
  const expected = (ids: readonly string[]) => new Map(ids.map((id, nth) => [id, `secret ${nth}`] as const).toSorted())
  const found = async (organization: Organization) =>
    new Map([...(await opened(organization, ward.vault()))].toSorted())
  /** A new epoch, and the old one emptied as the rows are done. */
  const rotate = async (
    organization: Organization,
    {
      one = domain,
      rows = ward.reseal().rows,
      since,
    }: { one?: KeyDomain; rows?: ResealPorts['rows']; since?: string } = {},
  ) => {
    const said: Emptied[] = []
    const emptied = emptying({ ...ward.reseal(), rows }, { rowsMax: 10 }, emptiedNow => said.push(emptiedNow))
    const rotation = { since: since ?? (await fromNowOn()), settleMs: 0, organization: organization.id }
    const result = await rotateDataKeys(ward.ports, { ...rotation, domains: given => given === one, emptied })
    return { result, said }
  }

  test('every value of a table is under the new key, the floor rises, and the old key is gone', async () => {
    const organization = await ward.organization()
    const ids = await plantTokens(organization, ward.vault(), 45)
    const [old] = await tokens(organization)
    const { result, said } = await rotate(organization)
    assert.deepEqual(
      { turned: result.turned, ended: result.ended, failed: result.failed },
      { turned: 1, ended: 1, failed: [] },
    )
    assert.deepEqual(
      said.map(({ done, left }) => ({ done, left })),
      [{ done: 45, left: 0 }],
    )
    assert.deepEqual(await found(organization), expected(ids))
    assert.deepEqual(await keyIds(organization), new Set([await activeId(organization, domain)]))
    assert.deepEqual(await statesOf(organization, domain), ['1 destroyed', '2 active'])
    assert.ok(old)
    // A row of yesterday, put back by whoever can write to the database.
    await assert.rejects(ward.vault().open(organization.id, { ...token, row: old.id }, old.secret), {
      code: 'vault.version_too_old',
    })
    const others = await ward.organization()
    assert.equal((await tokens(others)).length, 0)
  })

  test('killed after any change, no value is half done, everything opens, and the next run finishes', async () => {
    const kills = await killedAtEveryCall(async dieAfter => {
      const organization = await ward.organization()
      const ids = await plantTokens(organization, ward.vault(), 6)
      const since = await fromNowOn()
      const work = {
        folder: ward.folder,
        databaseUrl: ward.platform.urls.app,
        identityUrl: ward.platform.urls.identity,
        organization: organization.id,
        since,
        rowsMax: 2,
      }
      const end = await run({ ...work, work: 'rotate data', dieAfter })
      assert.deepEqual(await found(organization), expected(ids), `killed after change ${dieAfter}`)
      await rotate(organization, { since })
      assert.deepEqual(await found(organization), expected(ids))
      assert.deepEqual(await statesOf(organization, domain), ['1 destroyed', '2 active'])
      assert.deepEqual(await keyIds(organization), new Set([await activeId(organization, domain)]))
      return end
    })
    assert.ok(kills >= 7, `only ${kills} changes`)
  })

  test('A5.14 a value that the application writes in the middle of the work is the one that stays', async () => {
    const organization = await ward.organization()
    const vault = ward.vault()
    const ids = await plantTokens(organization, vault, 30)
    const written = new Map<string, string>()
    const { rows } = ward.reseal()
    const racing: ResealPorts['rows'] = {
      ...rows,
      // Between what was read and what is written.
      async replace(of, column, changes) {
        const target = changes[0]?.was.row
        if (target !== undefined && written.size < 3) {
          const value = `written meanwhile ${written.size}`
          const secret = await vault.seal(organization.id, { ...token, row: target }, value)
          await organization.sql`update ward.token set secret = ${secret}, touched = touched + 1 where id = ${target}`
          written.set(target, value)
        }
        return rows.replace(of, column, changes)
      },
    }
    const { result } = await rotate(organization, { rows: racing })
    assert.equal(result.ended, 1)
    assert.equal(written.size, 3)
    assert.deepEqual(await found(organization), new Map([...expected(ids), ...written].toSorted()))
  })

  test('A5.14 writers that never stop lose nothing while the key changes under them', async () => {
    const organization = await ward.organization()
    const vault = ward.vault()
    const ids = await plantTokens(organization, vault, 60)
    const last = new Map<string, string>(expected(ids))
    const stop = new AbortController()
    const writers = ids.slice(0, 4).map(async (id, nth) => {
      for (let round = 0; !stop.signal.aborted; round++) {
        const value = `writer ${nth} round ${round}`
        await organization.transaction(async tx => {
          const secret = await vault.seal(organization.id, { ...token, row: id }, value)
          await tx.sql`update ward.token set secret = ${secret}, touched = touched + 1 where id = ${id}`
        })
        last.set(id, value)
      }
    })
    // These writers hold the old key in their memory: what they write has to be done again, until they are told.
    const since = await fromNowOn()
    const first = await rotate(organization, { since, rows: ward.reseal().rows }).catch((thrown: unknown) => thrown)
    vault.forget(organization.id)
    await new Promise(resolve => setTimeout(resolve, 50))
    stop.abort()
    await Promise.all(writers)
    await rotate(organization, { since })
    assert.ok(!(first instanceof Error), String(first))
    assert.deepEqual(await found(organization), last)
    assert.deepEqual(await statesOf(organization, domain), ['1 destroyed', '2 active'])
  })

  test('A5.13 an envelope that is being written under the old key is waited for, and the floor does not rise over it', async () => {
    const organization = await ward.organization()
    const vault = ward.vault()
    const ids = await plantTokens(organization, vault, 3)
    const row = randomUUID()
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<undefined>()
    const { promise: hasWritten, resolve: wrote } = Promise.withResolvers<undefined>()
    const open = organization.transaction(async tx => {
      const secret = await vault.seal(organization.id, { ...token, row }, 'written before')
      const index = await vault.blindIndex(organization.id, token, 'written before')
      await tx.sql`insert into ward.token (organization_id, id, secret, secret_index) values (${organization.id}, ${row}, ${secret}, ${index})`
      wrote(undefined)
      await mayCommit
    })
    await hasWritten
    const { rows } = ward.reseal()
    let waited = 0
    const watching: ResealPorts['rows'] = {
      ...rows,
      async settled(of) {
        const done = rows.settled(of)
        setTimeout(() => {
          waited += 1
          commit(undefined)
        }, 300)
        await done
        assert.equal(waited, 1, 'the count was taken after the transaction ended')
      },
    }
    const { result } = await rotate(organization, { rows: watching })
    await open
    assert.equal(result.ended, 1)
    assert.deepEqual(
      await found(organization),
      new Map([...expected(ids), [row, 'written before'] as const].toSorted()),
    )
  })

  test('a value that does not open keeps the old key alive, is named, and stops nothing else', async () => {
    const organization = await ward.organization()
    const [broken = '', ...sound] = await plantTokens(organization, ward.vault(), 12)
    await organization.sql`update ward.token set secret = overlay(secret::bytea placing ${Buffer.of(255)} from 80) where id = ${broken}`
    const { result, said } = await rotate(organization)
    assert.equal(result.ended, 0)
    assert.deepEqual(
      said.map(({ done, left, unreadable }) => ({ done, left, unreadable })),
      [{ done: 11, left: 1, unreadable: [{ says: 'ward.token.secret', row: broken }] }],
    )
    assert.deepEqual(await statesOf(organization, domain), ['1 decrypt-only', '2 active'])
    assert.equal(await ward.ports.floors.read(organization.id, domain), 1, 'the old key, the first of all, still opens')
    await organization.sql`delete from ward.token where id = ${broken}`
    assert.deepEqual((await found(organization)).size, sound.length)
    const active = await ward.ports.store.list(organization.id, domain)
    assert.equal((await rotate(organization, { since: active[1]?.madeAt ?? '' })).result.ended, 1)
  })

  test('a value that lies in a column of another label is found there: its key is kept, and it is named', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 2)
    const [stray] = await tokens(organization)
    assert.ok(stray)
    await organization.sql`insert into ward.reading (organization_id, device, taken, value) values (${organization.id}, 'device', 1, ${stray.secret})`
    const { result, said } = await rotate(organization)
    assert.equal(result.ended, 0)
    assert.deepEqual(
      said.map(({ done, left, unreadable }) => ({ done, left, unreadable })),
      [{ done: 2, left: 1, unreadable: [{ says: 'ward.reading.value', row: '["device","1"]' }] }],
    )
    assert.equal((await found(organization)).size, 2)
  })

  test('A5.8 what is no sealed value does not get into a sealed column, and there is no mode in which it does', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 1)
    for (const plain of [Buffer.from('xoxb-plain'), Buffer.alloc(200, 'p'), Buffer.alloc(0)]) {
      await assert.rejects(organization.sql`update ward.token set secret = ${plain}`, /sealed/)
    }
    // Bytes that look like an envelope from outside are no key of ours: the work passes them by, and opening refuses them.
    const forged = Buffer.concat([Buffer.of(1, 1, 0, 1), Buffer.alloc(120, 'p')])
    await organization.sql`update ward.token set secret = ${forged}`
    const { said } = await rotate(organization)
    assert.deepEqual(
      said.map(({ done, left }) => ({ done, left })),
      [{ done: 0, left: 0 }],
    )
    const [row] = await tokens(organization)
    assert.deepEqual(row?.secret, forged)
    await assert.rejects(opened(organization, ward.vault()), { code: 'vault.denied' })
  })

  test('A5.25 an envelope that an import gives another row id is refused there, and copySealed seals it anew', async () => {
    const organization = await ward.organization()
    const vault = ward.vault()
    const [id = ''] = await plantTokens(organization, vault, 1)
    const [row] = await tokens(organization)
    assert.ok(row)
    const [from, to] = [
      { ...token, row: id },
      { ...token, row: randomUUID() },
    ]
    await assert.rejects(vault.open(organization.id, to, row.secret), { code: 'vault.denied' })
    const copy = await copySealed(vault, organization.id, { from, to, envelope: row.secret })
    assert.equal((await vault.open(organization.id, to, copy)).reveal(), 'secret 0')
    await assert.rejects(vault.open(organization.id, from, copy), { code: 'vault.denied' })
    await assert.rejects(copySealed(vault, organization.id, { from: to, to: from, envelope: row.secret }), {
      code: 'vault.denied',
    })
  })

  test('values with a key of two columns, and values about a person, are sealed anew as well', async () => {
    const organization = await ward.organization()
    const vault = ward.vault()
    const devices = Array.from({ length: 25 }, (_, nth) => [`device "${nth % 3}"`, nth] as const)
    const reading = { table: 'ward.reading', column: 'value' }
    for (const [device, taken] of devices) {
      const value = await vault.seal(
        organization.id,
        { ...reading, row: JSON.stringify([device, String(taken)]) },
        `${taken}`,
      )
      await organization.sql`insert into ward.reading (organization_id, device, taken, value) values (${organization.id}, ${device}, ${taken}, ${value})`
    }
    assert.equal((await rotate(organization, { one: 'table:ward.reading' })).said[0]?.done, 25)
    for (const { device, taken, value } of await organization.sql<{
      device: string
      taken: number
      value: Buffer
    }>`select device, taken, value::bytea as value from ward.reading`) {
      const place = { ...reading, row: JSON.stringify([device, String(taken)]) }
      assert.equal((await ward.vault().open(organization.id, place, value)).reveal(), `${taken}`)
    }
    const [ada, bob] = [
      await plantPerson(organization, 'ada@example.org'),
      await plantPerson(organization, 'bob@example.org'),
    ]
    assert.equal((await rotate(organization, { one: `subject:${ada}` })).said[0]?.done, 1)
    assert.deepEqual(await statesOf(organization, `subject:${ada}`), ['1 destroyed', '2 active'])
    assert.deepEqual(await statesOf(organization, `subject:${bob}`), ['1 active'])
    assert.equal(await emailOf(organization, ada), 'ada@example.org')
    assert.equal(await emailOf(organization, bob), 'bob@example.org')
  })

  test('the index key: every blind index is made anew, at any width, and one that nobody can explain keeps the old key', async () => {
    const organization = await ward.organization()
    await plantTokens(organization, ward.vault(), 25)
    const ada = await plantPerson(organization, 'ada@example.org')
    const { result, said } = await rotate(organization, { one: 'index' })
    assert.deepEqual({ ended: result.ended, done: said[0]?.done, left: said[0]?.left }, { ended: 1, done: 26, left: 0 })
    const vault = ward.vault()
    const index = await vault.blindIndex(organization.id, token, 'secret 7')
    assert.equal((await organization.sql`select 1 from ward.token where secret_index = ${index}`).length, 1)
    const email = await vault.blindIndex(
      organization.id,
      { table: 'ward.person', column: 'email', bits: 24 },
      'ada@example.org',
    )
    assert.equal((await organization.sql`select 1 from ward.person where email_index = ${email}`).length, 1)
    // An application that looks up in lower case computed this one of another text than it sealed.
    await organization.sql`update ward.person set email_index = ${Buffer.alloc(16, 7)} where id = ${ada}`
    const again = await rotate(organization, { one: 'index' })
    assert.deepEqual({ ended: again.result.ended, left: again.said[0]?.left }, { ended: 0, left: 1 })
    assert.deepEqual(await statesOf(organization, 'index'), ['1 destroyed', '2 decrypt-only', '3 active'])
  })

  test('keys of what is not in rows are kept while nobody says how that is emptied', async () => {
    const organization = await ward.organization()
    await ward.vault().dataKey(organization.id, 'objects')
    const { result, said } = await rotate(organization, { one: 'objects' })
    assert.equal(result.ended, 0)
    assert.equal(said[0]?.left, 1)
    assert.deepEqual(await statesOf(organization, 'objects'), ['1 decrypt-only', '2 active'])
  })

  test('a job that is asked to stop says what it has done and what is left', async () => {
    const organization = await ward.organization()
    const ids = await plantTokens(organization, ward.vault(), 30)
    await rotateDataKeys(ward.ports, {
      since: await fromNowOn(),
      settleMs: 0,
      organization: organization.id,
      domains: one => one === domain,
      emptied: async () => false,
    })
    const stop = new AbortController()
    const result = await reseal(ward.reseal(), organization.id, domain, {
      rowsMax: 10,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    assert.deepEqual(result, { resealed: 10, unreadable: [], left: 20, complete: false })
    assert.deepEqual(await found(organization), expected(ids))
    const rest = await reseal(ward.reseal(), organization.id, domain, { rowsMax: 10 })
    assert.deepEqual(rest, { resealed: 20, unreadable: [], left: 0, complete: true })
  })

  async function plantPerson(organization: Organization, email: string): Promise<string> {
    const vault = ward.vault()
    const id = randomUUID()
    const place = { table: 'ward.person', column: 'email', row: id, subject: id }
    const value = await vault.seal(organization.id, place, email)
    const index = await vault.blindIndex(organization.id, { ...place, bits: 24 }, email)
    await organization.sql`insert into ward.person (organization_id, id, email, email_index) values (${organization.id}, ${id}, ${value}, ${index})`
    return id
  }
  async function emailOf(organization: Organization, id: string): Promise<string> {
    const [row] = await organization.sql<{
      email: Buffer
    }>`select email::bytea as email from ward.person where id = ${id}`
    const place = { table: 'ward.person', column: 'email', row: id, subject: id }
    return (await ward.vault().open(organization.id, place, row?.email ?? Buffer.alloc(0))).reveal()
  }
})
