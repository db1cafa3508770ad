import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { TestPlatform } from '../../src/testing/index.ts'
import { openStage, shelfPlatform, type Stage } from './stage.ts'
import { drizzleTrial } from './subjects/drizzle.ts'
import { kyselyTrial } from './subjects/kysely.ts'
import { poolTrial } from './subjects/pool.ts'
import { prismaTrial } from './subjects/prisma.ts'
import { codesOf, sample, type Subject } from './subjects/subject.ts'

/** Expressions whose values builders read each in their own way; some of them not at all. */
const expressions = [
  'null::text',
  "'🚪 and ''quotes'' and \\'::text",
  "''::text",
  '9223372036854775807::bigint',
  "'NaN'::numeric",
  '-0.000000000000000000001::numeric',
  "'NaN'::float8",
  '1e300::float8',
  '1.5::float4',
  'true',
  "'2026-02-28'::date",
  "'0001-01-01'::date",
  "'2026-02-28 23:59:59.999999'::timestamp",
  "'2026-02-28 23:59:59.123456+00'::timestamptz",
  "'infinity'::timestamptz",
  "'04:05:06.789'::time",
  "'1 year 2 mons -3 days 04:05:06'::interval",
  "'6f2d8c1e-0b1a-4f3e-9d52-1c2b3a4d5e6f'::uuid",
  `'{"b": [1, null], "a": "🚪"}'::json`,
  `'{"b": [1, null], "a": "🚪"}'::jsonb`,
  "'null'::jsonb",
  "'\\x00ff5c27'::bytea",
  "'\\x'::bytea",
  "'cross'::shelf.mood",
  "'{calm,cross}'::shelf.mood[]",
  "'{}'::text[]",
  `'{a,"b c",NULL,"NULL","q\\"u","\\\\"}'::text[]`,
  "'{{1,2},{3,4}}'::int[]",
  "'{1,NULL,3}'::int8[]",
  "'{1.5,NaN}'::numeric[]",
  "'{t,f,NULL}'::bool[]",
  "'{2026-01-01}'::date[]",
  `'{"2026-02-28 23:59:59+00"}'::timestamptz[]`,
  "array['\\x00ff'::bytea]",
  'array[\'{"a": 1}\'::jsonb]',
  "'{6f2d8c1e-0b1a-4f3e-9d52-1c2b3a4d5e6f}'::uuid[]",
  "'10.1.2.3/8'::inet",
  "'$12.34'::money",
  "'[1,5)'::int4range",
  "row(1, 'two')",
  "'abc'::char(5)",
  "B'101'",
  "'a fat cat'::tsvector",
]

suite('values come and go as over a plain connection', () => {
  let platform: TestPlatform | undefined
  before(async () => {
    platform = await shelfPlatform()
  })
  after(() => platform?.close())

  for (const trial of [poolTrial, kyselyTrial, drizzleTrial, prismaTrial]) {
    suite(trial.name, () => {
      let opened: Stage | undefined
      let bare: Subject | undefined
      const both = (): readonly [Subject, Subject, Stage] => {
        assert.ok(opened !== undefined && bare !== undefined)
        return [opened.ours, bare, opened]
      }
      before(async () => {
        assert.ok(platform)
        opened = await openStage(platform, trial)
        bare = trial.bare(opened.platform.adminUrl)
      })
      after(async () => {
        await bare?.close()
        await opened?.close()
      })

      test('a row of every type is written as the same bytes and read as the same values', async () => {
        const [bound, plain, stage] = both()
        await stage.platform.admin.query('delete from shelf.thing')
        const mine = await bound.typed(1, stage.acme.id)
        const theirs = await plain.typed(2, stage.acme.id)
        assert.deepEqual({ ...mine, id: 0 }, { ...theirs, id: 0 })
        assert.ok(Object.keys(sample).filter(key => key in mine).length >= 11)
        const { rows } = await stage.platform.admin.query(
          `select to_jsonb(a) - 'id' = to_jsonb(b) - 'id' as same, a.big::text, a.share::text, a.note, a.tags, a.doc,
             to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, a.raw
           from shelf.thing a, shelf.thing b where a.id = 1 and b.id = 2`,
        )
        const { big, share, note, at } = sample
        const kept = {
          same: true,
          big,
          share,
          note,
          at,
          doc: sample.doc,
          tags: sample.tags,
          raw: Buffer.from(sample.raw),
        }
        assert.deepEqual(rows, [kept])
      })

      test('every expression reads the same, or is refused the same', async () => {
        const [bound, plain] = both()
        for (const expression of expressions) {
          const [mine, theirs] = await Promise.allSettled(
            [bound, plain].map(subject => subject.raw(`select ${expression} as value`)),
          )
          assert.equal(mine?.status, theirs?.status, expression)
          if (mine?.status === 'fulfilled' && theirs?.status === 'fulfilled') {
            assert.deepEqual(mine.value, theirs.value, expression)
          } else if (mine?.status === 'rejected' && theirs?.status === 'rejected') {
            assert.deepEqual(codesOf(mine.reason).slice(0, 1), codesOf(theirs.reason).slice(0, 1), expression)
          }
        }
      })

      test('two columns of one name, no column and no row are as there', async () => {
        const [bound, plain] = both()
        for (const text of ['select 1 as a, 2 as a', 'select', 'select 1 as a where false', 'values (1), (2)']) {
          assert.deepEqual(await bound.raw(text), await plain.raw(text), text)
        }
      })

      test('a moment stays what it is in another time zone of the session', async () => {
        const [, , stage] = both()
        const zoneIs = (zone: string) =>
          stage.platform.admin.query(
            `do $$ begin execute format('alter database %I set timezone = %L', current_database(), '${zone}'); end $$`,
          )
        await zoneIs('America/St_Johns')
        await stage.with({}, async elsewhere => {
          const [zone] = await elsewhere.raw("select current_setting('timezone') as zone")
          assert.equal(zone?.['zone'], 'America/St_Johns')
          const { at } = await elsewhere.typed(3, stage.acme.id)
          assert.ok(at instanceof Date)
          assert.equal(at.toISOString(), sample.at)
        })
        await zoneIs('UTC')
      })
    })
  }
})
