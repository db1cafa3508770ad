import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { suite, test } from 'node:test'
import type { ClaimReport, TrustReport, Verdict } from '../../proof/claims/index.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { exitCode, printVerdicts } from './verdicts.ts'

function standing(id: string, verdict: Verdict): ClaimReport {
  const claim =
    verdict === 'planned'
      ? { kind: 'planned' as const, id, sentence: `The sentence of ${id}.`, mappings: {} }
      : { kind: 'withdrawn' as const, id, sentence: `The sentence of ${id}.`, mappings: {} }
  return { claim, digest: '', standing: { verdict, reason: 'errored', note: '' }, runsTotal: 0, days: [], reds: [] }
}

function report(...verdicts: readonly Verdict[]): TrustReport {
  const claims = verdicts.map((verdict, place) => standing(`claim.${place}`, verdict))
  return { service: 'a', at: '', claims, log: undefined }
}

suite('the exit code', () => {
  const cases = [
    [['upheld', 'attested', 'planned'], 0],
    [['upheld', 'unproven'], 2],
    [['unproven', 'refuted', 'upheld'], 1],
    [['planned', 'planned'], 2],
    [[], 2],
  ] as const
  for (const [verdicts, code] of cases) {
    test(`of ${verdicts.join(', ') || 'nothing at all'} is ${code}`, () =>
      assert.equal(exitCode(report(...verdicts)), code))
  }

  test('is that of one claim when one was asked for', () => {
    const both = report('upheld', 'refuted')
    assert.equal(exitCode(both, 'claim.0'), 0)
    assert.equal(exitCode(both, 'claim.1'), 1)
    assert.equal(exitCode(both, 'claim.none'), 2)
  })

  test('is never green over a record that does not hold', () => {
    assert.equal(exitCode({ ...report('upheld'), recordFault: 'A leaf is missing.' }), 2)
  })
})

suite('a terminal', () => {
  function capture(): { readonly stream: Writable; readonly text: () => string } {
    let text = ''
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      text += chunk.toString()
      done()
    }
    return { stream: new Writable({ write }), text: () => text }
  }

  function lines(json: boolean): { terminal: Terminal; said: () => string; noted: () => string } {
    const [out, err] = [capture(), capture()]
    const terminal = openTerminal(out.stream, err.stream, { json, colorRefused: false })
    return { terminal, said: out.text, noted: err.text }
  }

  test('that is none gets no color', () => {
    const { terminal, said } = lines(false)
    printVerdicts(terminal, report('upheld', 'refuted'))
    const text = said()
    assert.match(text, /refuted {3}claim\.1/)
    assert.doesNotMatch(text, /\u001b/)
  })

  test('with --json gets one document and nothing else', () => {
    const { terminal, said, noted } = lines(true)
    printVerdicts(terminal, report('upheld'))
    terminal.note('working')
    terminal.document({ a: 1 })
    assert.deepEqual(JSON.parse(said()), { a: 1 })
    assert.equal(noted(), 'working\n')
  })

  test('is not steered by what a claim or a server says', () => {
    const { terminal, said } = lines(false)
    terminal.say('before\u001b[2J\u001b]0;title\u0007\u0008after')
    assert.doesNotMatch(said(), /[\u0000-\u0009\u000b-\u001f]/)
  })
})
