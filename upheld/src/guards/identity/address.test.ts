import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { normalizeEmail, normalizeName } from './address.ts'

const refused = { code: 'identity.bad_email', status: 400 }

suite('addresses and names', () => {
  test('R26: what only looks like the `@`, the dot or the letters of an address is refused, and never repaired', () => {
    const lookalikes = [
      'ann\uff20example.com',
      'ann\ufe6bexample.com',
      'ann@example\uff0ecom',
      'ann@example\u3002com',
      '\uff41nn@example.com',
      'ann@\u24d4xample.com',
      'ann@exam\ufb01le.com',
      'ann@evil.com\uff20example.com',
      'ann@example.com\u200b',
      'a\u00adnn@example.com',
      'ann@ex\u202eample.com',
    ]
    for (const one of lookalikes) assert.throws(() => normalizeEmail(one), refused, JSON.stringify(one))
  })

  test('R26: composed and decomposed forms of one address are one address', () => {
    assert.equal(normalizeEmail('zo\u00eb@example.com'), normalizeEmail('zoe\u0308@example.com'))
    assert.equal(normalizeEmail('ZO\u00cb@EXAMPLE.COM'), 'zo\u00eb@example.com')
  })

  test('R26: normalizing twice changes nothing, also for letters whose lower case has several forms', () => {
    for (const one of [
      '\u0130stanbul@example.com',
      'STRASSE@example.com',
      '\u212aelvin@example.com',
      '\u03a3@example.com',
    ]) {
      let once = ''
      try {
        once = normalizeEmail(one)
      } catch {
        continue
      }
      assert.equal(normalizeEmail(once), once, one)
      assert.equal(once.normalize('NFKC'), once, one)
    }
  })

  test('R29: NUL, line breaks, and other controls are refused in every field', () => {
    for (const bad of ['\0', '\r', '\n', '\r\nBcc: all@example.com', '\t', '\u2028', '\x7f']) {
      assert.throws(() => normalizeEmail(`an${bad}n@example.com`), refused)
      assert.throws(() => normalizeName(`An${bad}n`), { code: 'identity.bad_name', status: 400 })
    }
  })

  test('what is no address is refused: too long, not text, without a domain, with a comment, an address or a quote', () => {
    const bad = [
      undefined,
      null,
      42,
      {},
      ['ann@example.com'],
      '',
      '@',
      'ann',
      'ann@',
      '@example.com',
      'ann@localhost',
      'ann@127.0.0.1',
      'ann@[127.0.0.1]',
      'ann@-a.com',
      'ann@a..com',
      '.ann@example.com',
      'a..n@example.com',
      '"ann"@example.com',
      'ann(x)@example.com',
      'ann@exa mple.com',
      'ann@example.com,bob@example.com',
      '<ann@example.com>',
      'ann@example.com>',
      'ann@evil.com@example.com',
      `${'a'.repeat(65)}@example.com`,
      `ann@${'a'.repeat(250)}.com`,
      `${'\u00eb'.repeat(120)}@example.com`,
      '\ud800@example.com',
      'a'.repeat(10_000_000),
    ]
    for (const one of bad) assert.throws(() => normalizeEmail(one), refused, typeof one)
  })

  test('ordinary addresses pass, in lower case', () => {
    assert.equal(normalizeEmail(' Ann.Smith+desk@Mail.Example.CO.UK '), 'ann.smith+desk@mail.example.co.uk')
    assert.equal(normalizeEmail("o'neil@example.com"), "o'neil@example.com")
    assert.equal(
      normalizeEmail('\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444'),
      '\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444',
    )
  })

  test('names keep the writing of people, and no mark that turns what stands around them', () => {
    assert.equal(normalizeName(' Zoe\u0308 \u738b '), 'Zo\u00eb \u738b')
    for (const bad of ['', ' ', 'a'.repeat(201), 'An\u202en', '\u2066An', 7, undefined, '\udc00'])
      assert.throws(() => normalizeName(bad), { code: 'identity.bad_name' })
  })
})
