import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { z } from 'zod'
import { claimsOfKind, pageKinds, pageTemplate } from '../../src/proof/page/index.ts'
import { clinic, desk, endAll, run, scratch } from '../e2e/harness.ts'

// Real processes of the real command line, on real files.

const place = scratch()
after(async () => {
  await endAll()
  place.remove()
})
const fresh = (name: string): string => join(place.folder, name)

const answer = z.object({
  problems: z.array(z.object({ line: z.number(), column: z.number(), says: z.string(), mend: z.string() })),
  heldBack: z.array(z.object({ line: z.number(), planned: z.array(z.string()) })),
  promises: z.array(
    z.object({
      text: z.string(),
      claims: z.array(z.object({ id: z.string(), population: z.string(), extent: z.enum(['whole', 'part']) })),
    }),
  ),
  exit: z.number(),
})

async function checked(file: string, words: readonly string[] = []) {
  const { code, out, err } = await run(['page', 'check', file, '--json', ...words])
  const said = answer.parse(JSON.parse(out))
  assert.equal(said.exit, code, err)
  return said
}

suite('upheld page init', () => {
  for (const kind of pageKinds) {
    test(`--template ${kind} writes a page that builds, and that speaks of each claim of its kind`, async () => {
      const file = fresh(`${kind}.md`)
      const { code, out, err } = await run(['page', 'init', '--template', kind, '--out', file])
      assert.equal(code, 0, err)
      assert.ok(out.includes(`upheld page check ${file}`))
      assert.deepEqual(readFileSync(file), pageTemplate(kind))
      const { exit, problems, heldBack, promises } = await checked(file)
      assert.deepEqual([exit, problems], [0, []])
      const spoken = [
        ...promises.flatMap(one => one.claims.map(({ id }) => id)),
        ...heldBack.flatMap(one => one.planned),
      ]
      assert.deepEqual(
        claimsOfKind(kind).filter(id => !spoken.includes(id)),
        [],
      )
      assert.ok(promises.length > 0 && heldBack.length > 0)
    })
  }

  test('without --out the page is printed, and nothing else', async () => {
    const { code, out } = await run(['page', 'init', '--template', 'desk'])
    assert.deepEqual([code, out], [0, pageTemplate('desk').toString('utf8')])
  })

  test('a file that is there is never overwritten', async () => {
    const file = fresh('mine.md')
    writeFileSync(file, 'mine')
    const { code, out, err } = await run(['page', 'init', '--template', 'desk', '--out', file])
    assert.deepEqual([code, out, readFileSync(file, 'utf8')], [64, '', 'mine'])
    assert.match(err, /cli\.page_there/)
  })

  test('no template, one that nobody knows, and a place where no file can be', async () => {
    const folder = fresh('folder')
    mkdirSync(folder)
    for (const [words, says] of [
      [[], /cli\.template_missing.*\n.*--template desk/],
      [['--template', 'bank'], /cli\.bad_option.*\n?.*template/],
      [['--template', 'desk', '--out', join(folder, 'none', 'page.md')], /cli\.page_unwritable/],
    ] as const) {
      const { code, out, err } = await run(['page', 'init', ...words])
      assert.deepEqual([code, out], [64, ''])
      assert.match(err, says)
    }
  })
})

suite('upheld page check', () => {
  test('says every problem at once with file, line, column and mend, and ends with 1', async () => {
    const file = fresh('bad.md')
    writeFileSync(
      file,
      '# Security\n\n## Rows\n\n[Every file stays.](claim:isolation.objects) And so on.\n\n[x](claim:isolation.rowz)\n',
    )
    const { code, out } = await run(['page', 'check', file])
    assert.equal(code, 1)
    const lines = out.trimEnd().split('\n')
    assert.deepEqual(
      lines.map(line => line.slice(file.length).split(' ')[0]),
      [':1:1:', ':5:1:', ':5:46:', ':7:1:'],
    )
    assert.match(
      lines[1] ?? '',
      /"every" promises more than isolation\.objects carries.*exists for probes.*Say it without/,
    )
    assert.match(lines[3] ?? '', /Did you mean isolation\.rows\?/)
    assert.equal((await checked(file)).problems.length, 4)
  })

  test('a page that builds shows how far each claim reaches, what waits, and what is not said', async () => {
    const file = fresh('good.md')
    const contact = '> **Contact:** <mailto:a@house.example>'
    const rest = '## Rows\n\n[Every row stays.](claim:isolation.rows)\n\n[Wires are sealed.](claim:tls.only)\n'
    writeFileSync(file, `# Security\n\n${contact}\n\n${rest}`)
    const { code, out } = await run(['page', 'check', file])
    assert.equal(code, 0)
    assert.match(out, /builds: 1 promise /)
    assert.ok(out.includes(`${file}:9:1: waits, and is not on the page: tls.only is planned.`))
    assert.match(out, /Proven, and not said: .*isolation\.routes/)
    const { promises } = await checked(file)
    assert.deepEqual(
      promises.map(one => one.claims.map(({ id, extent }) => [id, extent])),
      [[['isolation.rows', 'whole']]],
    )
  })

  test('the page of the desk builds, with the claims of its application', async () => {
    const source = join(desk, '..', 'security.md')
    const { exit, heldBack, promises } = await checked(source, ['--app', desk])
    assert.deepEqual([exit, heldBack, promises.length], [0, [], 19])
  })

  test('a file that is not there', async () => {
    const { code, out, err } = await run(['page', 'check', fresh('none.md')])
    assert.deepEqual([code, out], [70, ''])
    assert.match(err, /page\.unreadable.*\n.*upheld page init/)
  })
})

test('an application does not start with a page that does not build: nothing is made before', async () => {
  const module = fresh('application.ts')
  const state = fresh('state')
  writeFileSync(fresh('security.md'), '# Security\n\n## Rows\n\nTrust us.\n')
  writeFileSync(
    module,
    `import { application as clinic } from ${JSON.stringify(clinic)}
export const application = { ...clinic, page: new URL('./security.md', import.meta.url) }\n`,
  )
  const { code, err } = await run(['up', '--app', module, '--state', state, '--port', '1'])
  assert.equal(code, 70, err)
  assert.match(
    err,
    /page\.bad_page[\s\S]*\nsecurity\.md:1:1: .*contact[\s\S]*\nsecurity\.md:5:1: A sentence cites no claim/,
  )
  assert.throws(() => readFileSync(state), { code: 'ENOENT' })
})
