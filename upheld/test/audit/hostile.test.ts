import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, suite, test } from 'node:test'
import pg from 'pg'
import type { Row } from '../../src/core/ports.ts'
import { installAudit, readAuditLog, recordEvent, recordOwnEvent } from '../../src/foundation/audit/index.ts'
import { noteOf, signContext, type Organization } from '../../src/foundation/tenancy/index.ts'
import type { KeyEvent } from '../../src/foundation/vault/index.ts'
import { clear, openLab, type Lab } from './lab.ts'
import { inBody } from './told.ts'

suite('whoever holds a login', () => {
  let lab: Lab
  let o: Organization
  let other: Organization
  let app: pg.Client
  before(async () => {
    lab = await openLab()
    ;[o, other] = [await lab.tenancy.createOrganization(), await lab.tenancy.createOrganization()]
    for (const one of [o, other]) {
      await one.sql`select upheld.record(${JSON.stringify({ action: 'session.started', personal: { ip: '192.0.2.1' } })}::json)`
      await one.sql`insert into shop.item (organization_id) values (${one.id})`
    }
    await lab.drain(await lab.recorder())
    app = new pg.Client(lab.urls.app)
    await app.connect()
  })
  beforeEach(() => clear(lab))
  after(async () => {
    await app.end()
    await lab.close()
  })

  const member = noteOf({ type: 'member', id: 'm-1', purpose: 'desk' })
  const contextOf = (organization: string, note = member) => ({
    token: signContext(lab.key, {
      organization,
      expiresAtSecs: Math.floor(Date.now() / 1000) + 60,
      backendPid: 0,
      nonce: note.nonce,
    }),
    note: note.text,
  })

  const recording = (door: 'record' | 'note_event', action: string): string =>
    `select upheld.${door}('${JSON.stringify({ action })}')`

  /** Why the statements are refused; empty when they are not. */
  async function refused(statements: readonly string[]): Promise<string> {
    const answer = await byHand(statements)
    return typeof answer === 'string' ? answer : ''
  }

  /** The statements in one transaction under a valid context; answers with the last one's rows, or says why not. */
  async function byHand(
    statements: readonly string[],
    organization: Organization = o,
  ): Promise<pg.QueryResult<Row> | string> {
    const { token, note } = contextOf(organization.id)
    try {
      await app.query('begin')
      await app.query('select upheld.enter($1)', [token + note])
      let answer: pg.QueryResult<Row> | string = ''
      for (const statement of statements) answer = await app.query(statement)
      await app.query('commit')
      return answer
    } catch (error) {
      await app.query('rollback')
      return error instanceof Error ? error.message : ''
    }
  }

  const tables = ['pending', 'log', 'log_key', 'leaf', 'mention', 'tile', 'disclosure', 'retention']

  test('the application can write, change, drop and reorder nothing of the log', async () => {
    const before = await lab.admin.query('select log, index, bytes from upheld_audit.leaf order by 1, 2')
    for (const table of tables) {
      for (const attempt of [
        `delete from upheld_audit.${table}`,
        `update upheld_audit.${table} set organization_id = organization_id`,
        `insert into upheld_audit.${table} default values`,
        `truncate upheld_audit.${table} cascade`,
        `lock table upheld_audit.${table} in access exclusive mode`,
        `alter table upheld_audit.${table} disable trigger all`,
        `drop table upheld_audit.${table} cascade`,
        `copy upheld_audit.${table} from stdin`,
      ]) {
        assert.match(await refused([attempt]), /permission denied|must be owner|does not exist/, attempt)
      }
    }
    const later = await lab.admin.query('select log, index, bytes from upheld_audit.leaf order by 1, 2')
    assert.deepEqual(later.rows, before.rows)
  })

  test('no function of the log runs for the application but the one that records', async () => {
    const { rows } = await lab.admin.query(`
      select p.oid::regprocedure::text as name from pg_proc p
      where p.pronamespace in ('upheld_audit'::regnamespace, 'upheld'::regnamespace)
        and has_function_privilege('upheld_app', p.oid, 'execute') and p.prosrc like '%upheld_audit.%' order by 1`)
    assert.deepEqual(
      rows.map(({ name }) => name).filter(name => !String(name).startsWith('upheld.note_reading')),
      ['upheld.note_event(json)', 'upheld.record(json)'],
    )
  })

  test('an event cannot pass for a change of a row, nor for something that the log says of itself', async () => {
    for (const action of ['ROW.insert', 'row', '', '.row.insert', 'row.', ' sealed.open', 'sealed.open ']) {
      assert.match(await refused([recording('record', action)]), /bad_event/, action)
    }
    for (const extra of ['actor', 'purpose', 'id', 'received_at', 'rows', 'object', 'com', 'type']) {
      assert.match(await refused([`select upheld.record('{"action":"a.b","${extra}":"x"}')`]), /bad_event/, extra)
    }
    assert.equal((await lab.pending()).length, 0)
  })

  test('names that the platform writes are reserved, the guide lists them, and all others are free', async () => {
    const guide = readFileSync(new URL('../../../docs/guide/audit-log.md', import.meta.url), 'utf8')
    const [, listed = ''] = /Reserved are (.*?):/.exec(guide) ?? []
    const names = [...listed.matchAll(/`([a-z]+)\.`/g)].map(([, name]) => name ?? '')
    assert.ok(names.length >= 7, listed)
    for (const name of names) {
      const written = ['insert', 'erase', 'open', 'made', 'anything.at-all'].map(verb => `${name}.${verb}`)
      for (const action of written) {
        await assert.rejects(recordEvent(o, { action }), { code: 'audit.reserved_action' }, action)
        assert.match(await refused([recording('record', action)]), /reserved_action/, action)
      }
    }
    // What the platform tells over the same login is told by a door of its own, which opens for nothing else.
    for (const action of [
      'row.insert',
      'audit.erase',
      'log.closed',
      'anchor.heads',
      'upheld.x',
      'sealed.closed',
      'key.given-away',
      'session.started',
      '',
    ]) {
      assert.match(await refused([recording('note_event', action)]), /reserved_action/, action)
    }
    assert.equal((await lab.pending()).length, 0)
    const free = [
      'rows.added',
      'keys.made',
      'unsealed.open',
      'sealing.done',
      'logs.read',
      'auditor.invited',
      'a.row.insert',
    ]
    for (const action of free) await recordEvent(o, { action })
    const { rows } = await lab.admin.query(`select body ->> 'action' as action from upheld_audit.pending order by seq`)
    assert.deepEqual(
      rows.map(({ action }) => action),
      free,
    )
    const { rows: reserved } = await lab.admin.query(
      `select count(*) as n from unnest($1::text[]) name where upheld_audit.is_reserved(name || '.x')`,
      [names],
    )
    assert.equal(Number(reserved[0]?.['n']), names.length)
    const { rows: source } = await lab.admin.query(
      `select prosrc from pg_proc where oid = 'upheld_audit.is_reserved(text)'::regprocedure`,
    )
    assert.equal([...String(source[0]?.['prosrc']).matchAll(/'[a-z]+'/g)].length, names.length)
    // Everything that happens to a key can be told.
    const events: Readonly<Record<KeyEvent['what'], true>> = {
      made: true,
      activated: true,
      retired: true,
      rewrapped: true,
      'floor raised': true,
      destroyed: true,
      'refused below floor': true,
    }
    for (const what of Object.keys(events)) await recordOwnEvent(o, { action: `key.${what.replaceAll(' ', '-')}` })
    await clear(lab)
  })

  test('another actor cannot be named, and none cannot be left out', async () => {
    const insert = `insert into shop.note (organization_id) values ('${o.id}')`
    const staff = noteOf({ type: 'staff', id: 's-1', purpose: 'support' })
    const set = (note: string) => [`set local upheld.note = '${note}'`, insert]
    for (const attempt of [
      set(staff.text),
      set(''),
      set('{}'),
      set(member.text.replace('m-1', 'm-2')),
      ['reset upheld.note', insert],
    ]) {
      assert.match(await refused(attempt), /no_actor/)
    }
    assert.match(await refused([`set local upheld.context = ''`, insert]), /no_context/)
    assert.match(await refused([`set local upheld.note = ''`, `select upheld.record('{"action":"a.b"}')`]), /no_actor/)
    assert.equal((await lab.pending()).length, 0)
  })

  test('triggers are not silenced, and a table of one’s own does not fake changes', async () => {
    const insert = `insert into shop.note (organization_id) values ('${o.id}')`
    for (const attempt of [
      `set local session_replication_role = 'replica'`,
      'alter table shop.note disable trigger user',
      'drop trigger upheld_audit_insert on shop.note',
      'alter event trigger upheld_audit_ddl disable',
      'create temp table note (organization_id uuid)',
      'create table public.note (organization_id uuid)',
    ]) {
      assert.match(await refused([attempt, insert]), /permission denied|must be owner/, attempt)
    }
    await byHand([
      'set constraints all deferred',
      `set local plan_cache_mode = 'force_generic_plan'`,
      `set local timezone = 'Asia/Kathmandu'`,
      `set local search_path = ''`,
      insert,
    ])
    assert.equal((await lab.pending()).length, 1)
  })

  test('18. an organization reads its own log, and nobody else’s', async () => {
    const seen = async (table: string): Promise<readonly unknown[]> => {
      const answer = await byHand([`select distinct organization_id as id from upheld_audit.${table}`])
      assert.ok(typeof answer !== 'string', table)
      return answer.rows.map(({ id }) => id).sort()
    }
    for (const table of ['log', 'leaf']) assert.deepEqual(await seen(table), [o.id, null].sort(), table)
    for (const table of ['mention', 'disclosure']) assert.deepEqual(await seen(table), [o.id], table)
    const tiles = await byHand(['select log from upheld_audit.tile union select log from upheld_audit.log_key'])
    const own = await byHand(['select id from upheld_audit.log'])
    assert.ok(typeof tiles !== 'string' && typeof own !== 'string' && tiles.rows.length <= own.rows.length)
    for (const table of ['pending', 'retention'])
      assert.match(
        await refused([`select distinct organization_id as id from upheld_audit.${table}`]),
        /permission denied/,
      )
    // Without a context, and in a walk across organizations, there is nothing.
    await assert.rejects(app.query('select * from upheld_audit.leaf'), /no_context/)
    const page = new pg.Client(lab.urls.page)
    await page.connect()
    const { rows } = await page.query('select distinct organization_id as id from upheld_audit.leaf')
    assert.deepEqual(rows, [{ id: null }])
    await assert.rejects(page.query('select * from upheld_audit.disclosure'), /permission denied/)
    await page.end()
  })

  test('the owner of the tables cannot take a trigger away, switch it off, replace or rename it', async () => {
    for (const attempt of [
      'drop trigger upheld_audit_insert on shop.item',
      'alter table shop.item disable trigger upheld_audit_update',
      'alter table shop.item disable trigger user',
      'alter table shop.item enable replica trigger upheld_audit_delete',
      'alter trigger upheld_audit_insert on shop.item rename to upheld_audit_insort',
      `create function shop.nothing() returns trigger language plpgsql as 'begin return null; end';
       create or replace trigger upheld_audit_insert after insert on shop.item for each statement execute function shop.nothing()`,
      `create trigger fake after insert on shop.item referencing new table as new_rows for each statement execute function upheld_audit.note_change('x', 'plain')`,
    ]) {
      await assert.rejects(lab.migrate(attempt), /upheld: shop.item: trigger|permission denied/, attempt)
    }
    assert.deepEqual((await lab.admin.query('select * from upheld_audit.faults()')).rows, [])
  })

  test('a new table, a new partition and a new key are covered at once', async () => {
    const added = () => o.sql`insert into shop.added (organization_id, id, code) values (${o.id}, 1, 'c')`
    await lab.migrate(
      `create table shop.added (organization_id uuid not null, id integer not null, code text not null, primary key (organization_id, id))`,
    )
    await added()
    await lab.migrate('alter table shop.added drop constraint added_pkey, add primary key (organization_id, code)')
    await o.sql`delete from shop.added`
    await lab.migrate(
      `create table shop.event_next partition of shop.event for values from ('2036-01-01') to ('2046-01-01')`,
    )
    await o.sql`insert into shop.event_next (organization_id, id, day) values (${o.id}, 1, '2036-05-05')`
    const waiting = await lab.pending()
    assert.deepEqual(
      waiting.map(row => [
        ...['action', 'object', 'rows'].map(name => inBody(row, name)),
        inBody(row, 'com') === undefined,
      ]),
      [
        ['row.insert', 'shop.added', ['1'], true],
        ['row.delete', 'shop.added', undefined, false],
        ['row.insert', 'shop.event', ['["1", "2036-05-05"]'], true],
      ],
    )
    assert.deepEqual((await lab.admin.query('select * from upheld_guard.faults()')).rows, [])
  })

  test('what a superuser loosened is tightened at the next start', async () => {
    await lab.tamper(
      'alter table shop.item disable trigger upheld_audit_insert',
      'drop trigger upheld_audit_delete on shop.note',
      'alter trigger upheld_audit_update on shop.note rename to aside',
      'drop event trigger upheld_audit_drop',
      'grant delete on upheld_audit.leaf to upheld_app',
      'create policy everybody on upheld_audit.leaf to upheld_app using (true)',
      'drop trigger final on upheld_audit.leaf',
      'alter table upheld_audit.leaf disable trigger all',
    )
    const { rows } = await lab.admin.query('select object, name from upheld_audit.faults() order by 1, 2')
    assert.deepEqual(
      rows.map(({ object, name }) => `${String(object)} ${String(name)}`),
      [
        'shop.item upheld_audit_insert',
        'shop.note aside',
        'shop.note upheld_audit_delete',
        'shop.note upheld_audit_update',
      ],
    )
    await installAudit(lab.admin)
    assert.deepEqual((await lab.admin.query('select * from upheld_audit.faults()')).rows, [])
    await assert.rejects(lab.admin.query('delete from upheld_audit.leaf'), /not pruned/)
    await assert.rejects(lab.admin.query(`update upheld_audit.leaf set bytes = '{}'`), /append-only/)
    assert.match(await refused(['delete from upheld_audit.leaf']), /permission denied/)
    await o.sql`insert into shop.item (organization_id, name) values (${o.id}, 'after')`
    assert.equal((await lab.pending()).length, 1)
  })

  test('the recorder’s own login cannot rewrite either', async () => {
    for (const attempt of [
      'delete from upheld_audit.leaf',
      `update upheld_audit.leaf set bytes = '{}'`,
      'update upheld_audit.log set size = size - 1',
      `update upheld_audit.log set origin = 'x'`,
      'update upheld_audit.log set minimum_index = size - size % 256 + 256',
      'delete from upheld_audit.log',
      'delete from upheld_audit.tile',
      'delete from upheld_audit.disclosure',
      `update upheld_audit.disclosure set value = 'other'`,
      'truncate upheld_audit.leaf',
      'select * from shop.item',
    ]) {
      await assert.rejects(lab.record.query(attempt), /upheld: |permission denied|check constraint/, attempt)
    }
    await o.sql`insert into shop.note (organization_id) values (${o.id})`
    await assert.rejects(lab.record.query('delete from upheld_audit.pending'), /waits until it is in its log/)
    const recorder = await lab.recorder()
    await readAuditLog(lab.record, o.id, recorder.keys)
  })
})
