import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { evidenceFiles } from '../../src/adapters/files/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { parseSignerKey } from '../../src/core/transparency/index.ts'
import { scheduler, trustReport, type TrustReport } from '../../src/proof/claims/index.ts'
import { exhibitsOf, exported, openFormats, signedStatement } from '../../src/proof/exports/index.ts'
import { run } from '../e2e/harness.ts'
import { doorClaim, openDoors, type Doors } from '../proof/door.ts'
import { openGround, type Ground } from '../proof/ground.ts'
import { validators } from './validators.ts'

// The whole way: a scheduler, Postgres, a signed log, the login of the page, and the export of what it reads.

const promise = doorClaim({ mappings: { asvs: ['v5.0.0-8.4.1'], caiq: ['IAM-16.1'] } })
let ground: Ground
let doors: Doors

before(async () => {
  ;[ground, doors] = await Promise.all([openGround(), openDoors()])
})
after(async () => {
  await Promise.all([ground.close(), doors.close()])
})

async function attack(): Promise<void> {
  const { database, append } = ground
  const ports = { database, append, stage: doors.stage, clock: systemClock, random: () => 0.5 }
  await scheduler(ports, [promise]).runRound(new AbortController().signal)
}

function read(): Promise<TrustReport> {
  const { page: database, readLog } = ground
  return trustReport({ database, claims: [promise], readLog, clock: systemClock, service: 'A house' })
}

suite('exports of a real record', () => {
  test('before the first run, upheld, refuted, and tampered with: valid each time, and satisfied only once', async () => {
    const seen: string[] = []
    const look = async (): Promise<TrustReport> => {
      const report = await read()
      for (const [format, validate] of Object.entries(validators)) {
        const known = openFormats.find(one => one === format)
        assert.ok(known)
        const document: unknown = JSON.parse(exported(known, report))
        assert.ok(validate(document), JSON.stringify(validate.errors))
      }
      const text = exported('oscal-assessment-results', report)
      seen.push(/"state": "((?:not-)?satisfied)",\s*"reason": "(\w+)"/.exec(text)?.slice(1).join(' ') ?? 'nothing')
      return report
    }
    await look()
    await attack()
    const held = await look()
    doors.setLocked(false)
    await attack()
    await look()
    await ground.admin.transaction(async tx => {
      await tx.query("set local session_replication_role = 'replica'")
      await tx.query('delete from upheld_proof.attempt where sequence = 2')
    })
    const tampered = await look()
    assert.deepEqual(seen, ['not-satisfied other', 'satisfied pass', 'not-satisfied fail', 'not-satisfied other'])
    assert.ok(!exported('cyclonedx', tampered).includes('leaf_index'))

    const signer = parseSignerKey(
      evidenceFiles(ground.stateFolder)
        .key.keep(() => assert.fail('the key is there'))
        .trim(),
    )
    assert.equal(signer.verifier.encoded, held.log?.key)
    assert.equal(signedStatement(exhibitsOf(held), signer), signedStatement(exhibitsOf(held), signer))
  })

  test('two looks at the same record give the same bytes', async () => {
    const [one, two] = [await read(), await read()]
    assert.notEqual(one.at, two.at)
    for (const format of openFormats) assert.equal(exported(format, one), exported(format, two), format)
  })
})

suite('upheld export', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-export-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const command = (...words: readonly string[]): ReturnType<typeof run> => run(['export', ...words, '--state', folder])

  const cases: readonly (readonly [words: readonly string[], code: string, says: RegExp])[] = [
    [['oscal'], 'cli.unknown_format', /oscal-assessment-results/],
    [['saric'], 'cli.unknown_format', /Did you mean sarif\?/],
    [['constructor'], 'cli.unknown_format', /in-toto/],
    [['sarif', '--json'], 'cli.bad_claims_export', /--out/],
    [['caiq-xlsx', '--out', join(folder, 'a.xlsx')], 'cli.bad_claims_export', /--spreadsheet/],
    [['caiq', '--spreadsheet', import.meta.filename], 'cli.bad_claims_export', /caiq-xlsx/],
    [['sarif', '--out', import.meta.filename], 'cli.already_there', /record\.test\.ts/],
    [['sarif', '--out', folder], 'cli.already_there', /upheld-export-/],
    [
      ['caiq-xlsx', '--spreadsheet', join(folder, 'no.xlsx'), '--out', join(folder, 'b.xlsx')],
      'cli.bad_option',
      /no\.xlsx/,
    ],
    [['cyclonedx'], 'cli.no_system', /npm start/],
  ]
  for (const [words, code, says] of cases) {
    test(`${words.map(word => word.replace(folder, '').split('/').at(-1)).join(' ')}: ${code}`, async () => {
      const before = readFileSync(import.meta.filename)
      const ended = await command(...words)
      const said = words.includes('--json') ? ended.out : ended.err
      assert.ok(said.includes(code), said)
      assert.match(said, says)
      assert.equal(ended.code, 64)
      assert.deepEqual(readFileSync(import.meta.filename), before)
    })
  }
})
