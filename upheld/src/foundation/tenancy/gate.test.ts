import assert from 'node:assert/strict'
import fc from 'fast-check'
import { suite, test } from 'node:test'
import { assertDml } from './gate.ts'

const through = [
  'select 1',
  '  SELECT 1',
  '(select 1) union (select 2)',
  '((values (1)))',
  'with x as (select 1) select * from x',
  '-- a note\nselect 1',
  '--\rselect 1',
  '/* a /* nested */ note */ insert into t values (1)',
  '\t\n\v\f\rupdate t set a = 1',
  'delete from t',
  'merge into t using s on true when matched then delete',
  'select/**/1',
]

const stopped = [
  '',
  ' ',
  ';',
  '; select 1',
  '-- select 1',
  '/* select 1 */',
  '/* open select 1',
  '/* a /* b */ select 1',
  'set role postgres',
  'SeT local upheld.context = 1',
  '/* x */ reset all',
  'copy t to stdout',
  'explain select 1',
  'explain (analyze) select 1',
  'declare c cursor with hold for select 1',
  'prepare p as select 1',
  'execute p',
  'deallocate all',
  'do $$ begin end $$',
  'listen x',
  'notify x',
  'truncate t',
  'begin',
  'commit',
  'savepoint s',
  'discard all',
  'lock table t',
  'call p()',
  'create temp table t ()',
  'vacuum',
  'show all',
  'table t',
  'selec 1',
  'select_ 1',
  'selectx from t',
  '"select" 1',
  'sélect 1',
  '\u00a0select 1',
  '\ufeffselect 1',
  '\u2028select 1',
  '\0select 1',
]

suite('the statement gate', () => {
  for (const text of through) test(`lets through: ${JSON.stringify(text)}`, () => assertDml(text))
  for (const text of stopped) {
    test(`stops: ${JSON.stringify(text)}`, () =>
      assert.throws(() => assertDml(text), { code: 'tenancy.statement_refused' }))
  }

  test('comments, white space and parentheses in front change nothing', () => {
    const space = fc.constantFrom(
      ' ',
      '\n',
      '\t',
      '(',
      '--x\n',
      '-- select\r',
      '/*y*/',
      '/* set /* n */ */',
      '/***/',
      '/*/**/*/',
    )
    const front = fc.array(space, { maxLength: 8 }).map(pieces => pieces.join(''))
    fc.assert(
      fc.property(front, fc.constantFrom('select', 'WITH', 'merge', 'values(1)'), (before, word) =>
        assertDml(`${before}${word} x`),
      ),
      { numRuns: 500, seed: 7 },
    )
    fc.assert(
      fc.property(
        front,
        fc.constantFrom('set', 'COPY', 'select1', 'withx', '*/ select', '; select', 'é'),
        (before, word) => {
          assert.throws(() => assertDml(`${before}${word} x`), { code: 'tenancy.statement_refused' })
        },
      ),
      { numRuns: 500, seed: 7 },
    )
  })
})
