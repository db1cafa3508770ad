import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, suite, test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { scratch } from '../e2e/harness.ts'
import { openSite, type Site } from '../outside/site.ts'
import { hole, mend, openShop, type Shop } from './shop.ts'

// Every command that the documents show is run as it stands there; only the two invented addresses become real ones.

const root = fileURLToPath(new URL('../../../', import.meta.url))
const main = join(root, 'upheld/src/surfaces/cli/main.ts')
const guide = join(root, 'docs/guide')
const place = scratch()
let shop: Shop
let site: Site

before(async () => {
  ;[shop, site] = await Promise.all([openShop(), openSite()])
  const shim = join(place.folder, 'npx')
  writeFileSync(shim, `#!/bin/sh\n[ "$1" = upheld ] && shift\nexec "${process.execPath}" "${main}" "$@"\n`)
  chmodSync(shim, 0o755)
})
after(async () => {
  await Promise.all([shop.close(), site.close()])
  place.remove()
})

interface Ended {
  readonly code: number | null
  readonly text: string
}

function shell(script: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(UPHELD_|PG)/.test(name))
  const path = `${place.folder}:${process.env['PATH'] ?? ''}`
  const child = spawn('/bin/sh', ['-c', script], {
    cwd: place.folder,
    env: { ...Object.fromEntries(kept), ...env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return new Promise(resolve => child.once('close', code => resolve({ code, text })))
}

function commandsIn(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .map(match => match[1] ?? '')
    .filter(one => one.includes('UPHELD_') || one.includes('upheld check'))
}

const real = (script: string): string =>
  script
    .replaceAll(/postgres:\/\/looker:…@db\.internal\/shop/g, shop.lookerUrl)
    .replaceAll('https://shop.example', site.secure)
    .replaceAll('docs/guide/', `${guide}/`)

suite('the commands of the documents', { concurrency: 3 }, () => {
  const shown = [
    ...commandsIn(join(guide, 'look-at-your-own-database.md')),
    ...commandsIn(join(root, 'README.md')).filter(one => one.includes('check')),
  ]

  test('are there', () => assert.ok(shown.length >= 6, String(shown.length)))

  for (const command of shown.filter(one => !one.includes('UPHELD_PROBE_URL'))) {
    test(command.trim().split('\n').at(-1) ?? '', async () => {
      const { code, text } = await shell(real(command), { UPHELD_DATABASE_URL: shop.lookerUrl })
      assert.ok(code === 0 || code === 1 || code === 2, `${code}: ${text}`)
      assert.match(text, /isolation\.rows/)
    })
  }
})

suite('the command of the guide that attacks a scratch copy', () => {
  const command = commandsIn(join(guide, 'look-at-your-own-database.md')).find(one => one.includes('UPHELD_PROBE_URL'))
  const attack = async (): Promise<Ended & { readonly rows: string }> => {
    const copy = await shop.copy()
    try {
      const script = (command ?? '').replace('postgres://owner:…@127.0.0.1/shop_copy', copy.url)
      const ended = await shell(script, { UPHELD_DATABASE_URL: shop.lookerUrl })
      return { ...ended, rows: await copy.value('select count(*) from shop.tenant') }
    } finally {
      await copy.drop()
    }
  }

  test('runs, tells what came through by its kind, and leaves nothing behind', async () => {
    await shop.run(hole)
    const open = await attack().finally(() => shop.run(mend))
    assert.equal(open.code, 1, open.text)
    assert.match(open.text, /^ {2}came through {2}read at shop\.parcel: /m)
    assert.match(
      open.text,
      /^ {2}refuted in the scratch copy {2}isolation\.rows +\d+ attacks beaten, \d+ came through/m,
    )
    assert.equal(open.rows, '0')
    const clean = await attack()
    // A setting without a signature can be forged by whoever injects: that much is true of the clean one.
    assert.doesNotMatch(clean.text, /came through {2}(?!injected|watch|leave|make|notify|hold)/)
    assert.match(clean.text, /^ {2}Attacked with {2}shopfront_\w+ \(temporary login\)$/m)
    assert.equal(clean.rows, '0')
    assert.equal(
      await shop.value(
        `select count(*) from pg_roles where rolname ~ '^upheld_probe_' and oid in (select member from pg_auth_members where roleid = '${shop.appRole}'::regrole)`,
      ),
      '0',
    )
  })
})

suite('the recipe before a deploy', () => {
  const recipe = readFileSync(join(guide, 'pre-deploy.sh'), 'utf8')
  const deploy = (more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    shell(recipe, { UPHELD_DATABASE_URL: shop.adminUrl, FAIL_ON: 'critical', ...more })

  test('lets a clean database through, refuses one with a hole, and lets it through again when it is mended', async () => {
    const clean = await deploy()
    assert.equal(clean.code, 0, clean.text)
    assert.match(clean.text, /the deploy may go on/)
    await shop.run(hole)
    const planted = await deploy()
    await shop.run(mend)
    assert.equal(planted.code, 1, planted.text)
    assert.match(planted.text, /Refused: the database has a hole/)
    assert.match(readFileSync(join(place.folder, 'upheld-report.html'), 'utf8'), /shop\.parcel/)
    assert.equal((await deploy()).code, 0)
  })

  test('refuses when the database is not there, and when the report has no place', async () => {
    const gone = await deploy({ UPHELD_DATABASE_URL: 'postgres://looker@127.0.0.1:1/shop' })
    assert.deepEqual([gone.code, /could not be looked at/.test(gone.text)], [70, true])
    const nowhere = await deploy({ REPORT: join(place.folder, 'no-such-folder', 'report.html') })
    assert.deepEqual([nowhere.code, /files\.no_folder/.test(nowhere.text)], [70, true])
  })
})

suite('the workflow', () => {
  const form = z.looseObject({
    on: z.looseObject({}),
    permissions: z.strictObject({ contents: z.literal('read'), 'security-events': z.literal('write') }),
    jobs: z.record(
      z.string(),
      z.looseObject({
        steps: z.array(
          z.looseObject({
            uses: z.string().optional(),
            run: z.string().optional(),
            if: z.string().optional(),
            with: z.record(z.string(), z.unknown()).optional(),
          }),
        ),
      }),
    ),
  })
  const text = readFileSync(join(guide, 'upheld-check.yml'), 'utf8')

  test('is YAML of the shape that a workflow has, and uploads what the look writes, also when it ended red', async () => {
    const { jobs } = form.parse(parse(text))
    const steps = Object.values(jobs).flatMap(job => job.steps)
    const look = steps.find(step => step.run?.includes('upheld check') === true)?.run ?? ''
    for (const file of ['upheld.sarif', 'upheld.html']) rmSync(join(place.folder, file), { force: true })
    const { code, text: said } = await shell(look, { UPHELD_DATABASE_URL: shop.lookerUrl, ADDRESS: '' })
    assert.ok(code === 0 || code === 1 || code === 2, said)
    for (const step of steps.filter(one => /upload/.test(one.uses ?? ''))) {
      const file = String(step.with?.['sarif_file'] ?? step.with?.['path'])
      assert.ok(existsSync(join(place.folder, file)), file)
      assert.equal(step.if, 'always()')
    }
  })

  test('hands secrets over as variables, never as an argument', () => {
    for (const line of text.split('\n').filter(one => /\brun:/.test(one))) assert.doesNotMatch(line, /secrets\.|\$\{\{/)
  })
})
