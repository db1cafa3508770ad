import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { openPasswords, type Circumstances, type PasswordOptions } from './index.ts'

const peppers: PasswordOptions['peppers'] = { current: () => [{ id: '00000001', key: randomBytes(32) }] }
const passwords = openPasswords({ peppers })
const verdict = async (password: string, given: Partial<Circumstances> = {}) => {
  const judged = await passwords.judge(password, { secondFactor: false, words: [], ...given })
  return judged.ok ? 'fine' : judged.code
}

suite('passwords, judged when they are chosen', () => {
  // ASVS 6.2.1, 6.2.9
  test('15 characters alone, 8 beside a second factor, 64 and more accepted', async () => {
    assert.equal(await verdict('kvmxqzwrtplnbd'), 'passwords.too_short')
    assert.equal(await verdict('kvmxqzwrtplnbdf'), 'fine')
    assert.equal(await verdict('kvmxqzw', { secondFactor: true }), 'passwords.too_short')
    assert.equal(await verdict('kvmxqzwr', { secondFactor: true }), 'fine')
    assert.equal(await verdict(randomBytes(32).toString('hex')), 'fine')
    assert.equal(await verdict(randomBytes(128).toString('hex')), 'fine')
  })

  // ASVS 6.2.5
  test('no kinds of characters are asked for: lower case, digits, spaces, one script', async () => {
    for (const text of [
      'grey umbrella sings loudly',
      '8203746192037465',
      'наш кот спит на крыше',
      '四つの赤い傘が静かに踊っている朝',
    ])
      assert.equal(await verdict(text), 'fine', text)
  })

  // ASVS 6.2.4
  test('what attackers try first is refused, whatever its capitals', async () => {
    for (const text of ['password1', 'Password1', 'iloveyou', '1q2w3e4r5t', 'qwertyuiop', 'TRUSTNO1', 'football1'])
      assert.equal(await verdict(text, { secondFactor: true }), 'passwords.common', text)
    assert.equal(await verdict('qwertyuiopasdfgh'), 'passwords.common')
  })

  test('one short piece again and again is the piece', async () => {
    for (const text of [
      'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      'abcabcabcabcabcabc',
      '123412341234123412',
      'password1password1',
      'kvmkvmkvmkvmkvmk',
    ])
      assert.equal(await verdict(text), 'passwords.repeated', text)
    assert.equal(await verdict('grey umbrella, grey umbrella'), 'fine')
  })

  test('acme2026secure at Acme, and every other dressing of names that are known', async () => {
    const given = { secondFactor: true, words: ['Acme Corporation', 'Upheld', 'Zoë.Lee@acme.example', 'Zoë Lee'] }
    for (const text of [
      'acme2026secure',
      'Acme2026!!',
      '@cm3-2026',
      'AcmeCorporation1',
      'upheld-upheld1',
      'dlehpu2026',
      'zoë.lee1984',
      'Zoe\u0308Lee2026!',
      'acmepassword1',
      '2026acme2025',
    ])
      assert.equal(await verdict(text, given), 'passwords.from_context', text)
    for (const text of ['acme hires seven tired ghosts', 'kvmxqzwr', 'corporal lemon drifts'])
      assert.equal(await verdict(text, given), 'fine', text)
    assert.equal(await verdict('acme2026secure', { secondFactor: true, words: ['Globex'] }), 'fine')
  })

  test('words that are long, many or empty neither throw nor slow it down', async () => {
    const words = ['', ' ', '12', '....', 'x'.repeat(1_000_000), ...Array.from({ length: 5_000 }, (_, n) => `word${n}`)]
    assert.equal(await verdict('grey umbrella sings loudly', { words }), 'fine')
  })

  test('a no tells why, and what to do', async () => {
    const judged = await passwords.judge('short', { secondFactor: false, words: [] })
    assert.ok(!judged.ok)
    assert.equal(judged.status, 422)
    assert.match(judged.public, /15 characters/)
    assert.match(judged.mend ?? '', /words/)
  })
})

suite('stolen passwords that a service elsewhere knows', () => {
  const stolen = 'grey umbrella sings loudly'
  const asked: string[] = []
  const failures: unknown[] = []
  const open = (outage: 'accept' | 'refuse', answer: () => Promise<readonly string[]>) =>
    openPasswords({
      peppers,
      outside: {
        service: {
          suffixes: prefix => {
            asked.push(prefix)
            return answer()
          },
        },
        outage,
        recorded: failure => failures.push(failure),
      },
    })
  const alone = { secondFactor: false, words: [] }

  // ASVS 6.2.12
  test('it is told five digits of a digest, and nothing of what the set here refuses already', async () => {
    const digest = createHash('sha1').update(stolen).digest('hex').toUpperCase()
    const with_ = open('accept', async () => ['0'.repeat(35), digest.slice(5)])
    const judged = await with_.judge(stolen, alone)
    assert.equal(judged.ok || judged.code, 'passwords.breached')
    assert.deepEqual(asked.splice(0), [digest.slice(0, 5)])
    assert.equal((await with_.judge('qwertyuiopasdfgh', alone)).ok, false)
    assert.deepEqual(asked, [])
    assert.deepEqual(await open('refuse', async () => ['0'.repeat(35)]).judge(stolen, alone), { ok: true })
  })

  test('breach service down: the set here still decides, and the outage is recorded', async () => {
    const down = () => Promise.reject(new Error('no answer'))
    const lenient = open('accept', down)
    assert.deepEqual(await lenient.judge(stolen, alone), { ok: true })
    const common = await lenient.judge('qwertyuiopasdfgh', alone)
    assert.equal(common.ok || common.code, 'passwords.common')
    const strict = await open('refuse', down).judge(stolen, alone)
    assert.deepEqual([strict.ok, strict.ok || strict.code], [false, 'passwords.unchecked'])
    assert.equal(failures.length, 2)
    assert.equal(lenient.counts().outages, 1)
  })
})
