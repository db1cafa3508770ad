import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { suite, test } from 'node:test'
import { application as desk } from '../../desk/upheld.ts'
import { instrumentsOf, plannedClaims } from '../src/proof/claims/index.ts'
import { provenClaims } from '../src/proof/probes/index.ts'
import { bans, breaches } from './tidy/bans.ts'
import { dependencies, inexact, unexplained, untested } from './tidy/dependencies.ts'
import { crossings, packageOf, specifiers } from './tidy/floors.ts'
import { forgottenRoles } from './tidy/logins.ts'
import { modules } from './tidy/modules.ts'
import { reference } from './tidy/reference.ts'
import { linesMax, linesNoted, lineCount, longFunctions } from './tidy/sizes.ts'
import { files, list, read, root, sourceOf, sources, type Offense } from './tidy/source.ts'
import { phrases, spoken } from './tidy/writing.ts'

const all = sources()
const paths = files()
// Schemas that others published are kept to the byte, with whatever is unfinished in them.
const texts = paths.filter(
  path =>
    !/^vectors\/.*schema.*\.json$/.test(path) &&
    /\.([jt]s|json|sql|md|css|ya?ml|html|txt)$|^\.ci\/|(^|\/)\.\w+$/.test(path),
)

function none(offenses: readonly Offense[]): void {
  assert.deepEqual(offenses.length, 0, list(offenses))
}

suite('bans, each with the replacement named', () => {
  for (const ban of bans) {
    test(`nobody uses ${ban.name}`, () => none(all.flatMap(source => breaches(ban, source))))
    test(`${ban.name}: a planted one is caught`, () => {
      assert.notDeepEqual(breaches(ban, sourceOf('upheld/src/guards/planted/planted.ts', ban.planted)), [])
    })
  }
  test('an allowed place is left alone', () => {
    const clock = sourceOf('upheld/src/core/clock.ts', 'export const at = new Date()')
    none(bans.flatMap(ban => breaches(ban, clock)))
  })
  test('a date that is given, a fetch that is a method, and `as const` are no offense', () => {
    const text = 'export const a = new Date(0)\nexport const b = app.fetch(request)\nexport const c = [1] as const'
    none(bans.flatMap(ban => breaches(ban, sourceOf('upheld/src/guards/fine/fine.ts', text))))
  })
})

suite('what no committed text may hold', () => {
  for (const phrase of phrases(root)) {
    test(`nobody writes ${phrase.name}`, () => none(texts.flatMap(path => spoken(phrase, path, read(path)))))
    test(`${phrase.name}: a planted one is caught`, () => {
      assert.notDeepEqual(spoken(phrase, 'package-lock.json', phrase.planted), [])
    })
  }
})

suite('floors', () => {
  test('every import is in the drawing, goes through a door, and the drawing shows no more', () => none(crossings(all)))

  const planted = [
    { path: 'low', says: '', modules: [], packages: [] },
    { path: 'high', says: '', modules: ['low'], packages: ['zod'] },
  ]
  const door = sourceOf('upheld/src/low/index.ts', '')
  const through = sourceOf('upheld/src/high/a.ts', "import '../low/index.ts'\nimport 'zod'")
  const caught = [
    ['upwards', sourceOf('upheld/src/low/a.ts', "import '../high/b.ts'"), /low may not use high/],
    ['past the door', sourceOf('upheld/src/high/b.ts', "import '../low/inner.ts'"), /behind the door of low/],
    ['of a package', sourceOf('upheld/src/low/b.ts', "export { z } from 'zod'"), /low may not use the package zod/],
    ['while running', sourceOf('upheld/src/low/c.ts', "await import('../high/b.ts')"), /low may not use high/],
    ['from nowhere', sourceOf('upheld/src/stray.ts', ''), /a file of no module/],
  ] as const
  for (const [name, source, says] of caught) {
    test(`an import ${name} is caught`, () => {
      assert.match(list(crossings([door, through, source], planted)), says)
    })
  }
  test('what is drawn and used is no offense', () => none(crossings([door, through], planted)))
  test('a permission that nobody uses is caught', () => {
    assert.match(list(crossings([door], planted)), /high does not use low/)
  })
})

suite('sizes', () => {
  test(`no file is longer than ${linesMax} lines`, context => {
    const counted = all.map(source => ({ at: source.path, lines: lineCount(source.text) }))
    for (const { at, lines } of counted) if (lines > linesNoted) context.diagnostic(`${lines} lines: ${at}`)
    none(
      counted
        .filter(({ lines }) => lines > linesMax)
        .map(({ at, lines }) => ({ at, says: `${lines} lines: split it` })),
    )
  })
  test('no function is longer than 70 lines', () => none(all.flatMap(longFunctions)))
  test('a planted long function is caught', () => {
    const text = `export function long(): void {\n${'  work()\n'.repeat(69)}}\n`
    assert.equal(longFunctions(sourceOf('a.ts', text)).length, 1)
    assert.equal(longFunctions(sourceOf('a.ts', text.replace('  work()\n', ''))).length, 0)
  })
})

suite('rooms', () => {
  test('no folder is called utils, helpers or common', () => {
    none(
      paths
        .filter(path => /(^|\/)(utils?|helpers?|commons?)(\/|\.[jt]s$)/.test(path))
        .map(at => ({ at, says: 'name it after its mechanism' })),
    )
  })
  test('every module with a door has a README of at most 40 lines', () => {
    const rooms = paths
      .filter(path => /^upheld\/src\/.+\/index\.ts$/.test(path))
      .map(path => path.replace(/index\.ts$/, ''))
    const offenses = rooms.flatMap(room => {
      const at = `${room}README.md`
      if (!paths.includes(at)) return [{ at, says: 'missing: the promise, the attack it stops, what it does not do' }]
      const lines = lineCount(read(at))
      return lines > 40 ? [{ at, says: `${lines} lines: at most 40` }] : []
    })
    none(offenses)
    assert.ok(rooms.length > 0)
  })
  test('every module that is drawn says what it is for', () => {
    none(modules.filter(module => module.says === '').map(module => ({ at: module.path, says: 'says nothing' })))
  })
})

suite('roles', () => {
  const shipped = paths.filter(path => /^upheld\/src\/.+\.sql$/.test(path)).map(path => ({ path, text: read(path) }))
  test('whatever is taken from all is taken from every role of ours', () => none(forgottenRoles(shipped)))
  test('a planted list that forgets one is caught, and so is a role that nobody thought of', () => {
    const planted = { path: 'a.sql', text: 'revoke all on schema a from public, upheld_app, upheld_owner;' }
    assert.equal(forgottenRoles([...shipped, planted]).length, 1)
    const added = { path: 'b.sql', text: "      ('upheld_later',  'login')     -- added" }
    assert.ok(forgottenRoles([...shipped, added]).length > 5)
  })
})

suite('tests', () => {
  test('every test file asserts something', () => {
    const offenses = all
      .filter(source => source.path.endsWith('.test.ts'))
      .filter(source => !/\bassert\b/.test(source.text) || !/\b(test|it)\(/.test(source.text))
    none(offenses.map(source => ({ at: source.path, says: 'asserts nothing' })))
  })
})

suite('dependencies', () => {
  test('every version is exact', () => none(inexact(dependencies())))
  test('every peer is taken in the versions that the tests begin with', () => none(untested(dependencies())))
  test('a planted peer that is tested in another version, or without end, is caught', () => {
    const at = 'upheld/package.json'
    const tested = { at, name: 'left-pad', version: '1.3.0', runtime: false }
    const peer = (version: string) => untested([tested, { at, name: 'left-pad', version, runtime: true, peer: true }])
    assert.deepEqual(
      ['>=1.3.0 <2.0.0', '>=1.2.0 <2.0.0', '>=1.3.0', '^1.3.0', '*'].map(version => peer(version).length),
      [0, 1, 1, 1, 1],
    )
  })
  test('every runtime dependency has its line in DEPENDENCIES.md, and no other has', () => {
    none(unexplained(dependencies(), read('DEPENDENCIES.md')))
  })
  test('a planted range and a planted stranger are caught', () => {
    const planted = [{ at: 'upheld/package.json', name: 'left-pad', version: '^1.3.0', runtime: true }]
    assert.equal(inexact(planted).length, 1)
    assert.equal(unexplained(planted, '# Dependencies\n').length, 1)
    assert.equal(unexplained([], '| `left-pad` | why |\n').length, 1)
  })
})

suite('written from the source', () => {
  for (const { path, text } of reference()) {
    test(`${path} says what the source says`, () => {
      assert.ok(read(path) === text, `${path} has fallen behind: node upheld/test/tidy/write-reference.ts`)
    })
  }
})

suite('the verifier that a stranger runs', () => {
  test('reaches nothing but Node and files of its own', () => {
    const seen = new Set<string>()
    const offenses: Offense[] = []
    const todo = ['upheld/src/verify.ts']
    for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      for (const { text: specifier } of specifiers(sourceOf(path, read(path)))) {
        if (specifier.startsWith('.')) todo.push(new URL(specifier, `file:///${path}`).pathname.slice(1))
        else if (!specifier.startsWith('node:')) offenses.push({ at: path, says: `needs ${packageOf(specifier)}` })
      }
    }
    none(offenses)
  })
})

suite('tables', () => {
  const created = /create\s+table\s+(?:if\s+not\s+exists\s+)?(?!as\b)([\w".]+)/gi
  const tables = paths
    .filter(path => path.endsWith('.sql') && !path.includes('/sabotage/'))
    .flatMap(path => [...read(path).matchAll(created)].map(match => ({ at: path, name: match[1] ?? '' })))

  test('every table is named with its schema', () => {
    none(
      tables.filter(({ name }) => !name.includes('.')).map(({ at, name }) => ({ at, says: `${name} has no schema` })),
    )
  })
  test('every table of the desk is in a tenant schema, where the guard protects it and isolation.rows attacks it', () => {
    const covered = new Set(desk.tenantSchemas)
    const offenses = tables
      .filter(({ at, name }) => at.startsWith('desk/') && !covered.has(name.split('.')[0] ?? ''))
      .map(({ at, name }) => ({ at, says: `${name} is outside ${[...covered].join(', ')}` }))
    none(offenses)
    assert.ok(tables.some(({ at }) => at.startsWith('desk/')))
  })
})

suite('claims', () => {
  const planned = new Set(plannedClaims.map(({ id }) => id))
  for (const one of provenClaims) {
    test(`${one.id} is of the catalogue, and each of its sabotages has a name, words and code of its own`, () => {
      assert.ok(planned.has(one.id), 'the catalogue does not know it')
      assert.ok(one.sabotages.length > 0, 'nothing shows that its probe can fail')
      const names = one.sabotages.map(({ name }) => name)
      assert.equal(new Set(names).size, names.length)
      assert.equal(new Set(one.sabotages.map(({ says }) => says)).size, names.length)
      for (const { source } of [...instrumentsOf(one), ...one.sabotages]) assert.ok(existsSync(new URL(source)), source)
    })
  }
  test('each that is proven says whether its population is the whole or a part', () => {
    const silent = provenClaims.filter(({ extent }) => extent === undefined).map(({ id }) => id)
    assert.deepEqual(silent, [])
  })
})
