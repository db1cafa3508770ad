import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Clock } from '../../core/clock.ts'
import type { PageSource } from '../../proof/claims/index.ts'
import { factOf, securityTxtFact, watchSecurityTxt } from './security-txt.ts'
import { resolve } from './settings.ts'
import { stateAt } from './system/state.ts'

const dayMs = 24 * 60 * 60 * 1000
const nowMs = Date.parse('2026-11-20T12:00:00.000Z')
const clockAt = (ms: () => number): Clock => ({ now: () => new Date(ms()), monotonicMs: () => 0 })

function pageUntil(days: number): PageSource {
  const expires = new Date(nowMs + days * dayMs).toISOString()
  return { title: 'A', lede: 'A', contact: 'a@b.example', sections: [], securityTxt: { expires } }
}

suite('the operator and security.txt', () => {
  test('the doctor calls it well, or says until when and what to do', () => {
    assert.deepEqual(factOf(pageUntil(90), nowMs), {
      id: 'page.security_txt',
      ok: true,
      says: 'security.txt counts until 2027-02-18.',
    })
    const soon = factOf(pageUntil(29), nowMs)
    assert.deepEqual([soon.ok, soon.says], [false, 'security.txt runs out on 2026-12-19.'])
    assert.match(soon.mend ?? '', /securityTxt\.expires/)
    assert.match(factOf(pageUntil(-1), nowMs).says, /ran out on 2026-11-19/)
  })
  test('where no application is known, the doctor does not know', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-'))
    const { settings } = resolve(new Map(), {})
    const clock = clockAt(() => nowMs)
    const fact = await securityTxtFact(stateAt(folder), settings, clock)
    assert.deepEqual([fact.id, fact.ok], ['page.security_txt', 'unknown'])
    const wrong = await securityTxtFact(stateAt(folder), { ...settings, app: join(folder, 'none.ts') }, clock)
    assert.deepEqual([wrong.ok, wrong.mend], ['unknown', 'Name the application that runs here: --app.'])
    rmSync(folder, { recursive: true })
  })
  test('whoever serves it tells at the start, and again each day from 30 days before', context => {
    context.mock.timers.enable({ apis: ['setInterval'] })
    let passedDays = 0
    const told: string[] = []
    const times = (): number => told.length
    const watch = watchSecurityTxt(
      pageUntil(32),
      clockAt(() => nowMs + passedDays * dayMs),
      says => told.push(says),
    )
    assert.equal(times(), 0)
    for (passedDays = 1; passedDays <= 3; passedDays += 1) context.mock.timers.tick(dayMs)
    assert.equal(times(), 2)
    assert.match(told[0] ?? '', /security\.txt runs out on 2026-12-22/)
    watch.stop()
    context.mock.timers.tick(10 * dayMs)
    assert.equal(times(), 2)
    watchSecurityTxt(
      pageUntil(-1),
      clockAt(() => nowMs),
      says => told.push(says),
    ).stop()
    assert.match(told[2] ?? '', /ran out/)
  })
})
