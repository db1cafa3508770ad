import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { linkKeyFile } from '../../src/adapters/objects/link-keys/index.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { newOrganizationId } from '../../src/core/ids.ts'
import { openObjects } from '../../src/foundation/objects/index.ts'
import { shred } from '../../src/foundation/vault/index.ts'
import { openLab, type Lab } from './lab.ts'

// Who: whoever holds a link, or finds one, or makes one up. What it would cost: another file, another customer's file, or
// a file for longer than was meant.

const origin = 'https://desk.example'
const type = { contentType: 'image/png' }

/** A clock that stands where it was put. */
function turned(): Clock & { at: number } {
  const clock = {
    at: Date.now(),
    now: () => new Date(clock.at),
    monotonicMs: () => clock.at,
  }
  return clock
}

suite('links', () => {
  let lab: Lab
  const clock = turned()
  before(async () => {
    lab = await openLab({ clock })
    await lab.alpha.put('report/invoice.png', Buffer.from('alpha content'), type)
    await lab.alpha.put('other.png', Buffer.from('other content'), type)
    await lab.beta.put('report/invoice.png', Buffer.from('beta content'), type)
  })
  after(() => lab.close())

  async function opened(path: string, objects = lab.objects): Promise<string> {
    const answer = await objects.serve(new Request(origin + path))
    const text = await answer.text()
    return answer.ok ? text : `${answer.status} ${text}`
  }
  const refused =
    '403 {"error":{"code":"objects.link_refused","message":"This link is not valid, or its time is over. Ask for a new one."}}'

  test('a link opens its one object of its one organization', async () => {
    assert.equal(await opened(await lab.alpha.link('report/invoice.png', { lastsSecs: 60 })), 'alpha content')
    assert.equal(await opened(await lab.beta.link('report/invoice.png', { lastsSecs: 60 })), 'beta content')
  })

  test('read an organization, a name or a time in a link: two links of one object have nothing in common', async () => {
    const [one, two] = [
      await lab.alpha.link('other.png', { lastsSecs: 60 }),
      await lab.alpha.link('other.png', { lastsSecs: 60 }),
    ]
    assert.match(one, /^\/objects\/[\w-]+$/)
    const [a = '', b = ''] = [one, two].map(path =>
      Buffer.from(path.slice('/objects/'.length), 'base64url').toString('latin1'),
    )
    for (const text of [a, one]) {
      for (const secret of ['other', 'png', lab.alpha.organization, lab.alpha.organization.replaceAll('-', '')])
        assert.ok(!text.includes(secret))
      assert.ok(!text.includes(Buffer.from(lab.alpha.organization.replaceAll('-', ''), 'hex').toString('latin1')))
    }
    // The id of the deployment's key is all that repeats.
    assert.equal(a.slice(0, 4), b.slice(0, 4))
    for (let at = 4; at + 4 <= a.length; at++) assert.ok(!b.includes(a.slice(at, at + 4)))
  })

  test('use it when its time is over, by a millisecond', async () => {
    const path = await lab.alpha.link('other.png', { lastsSecs: 60 })
    clock.at += 59_999
    assert.equal(await opened(path), 'other content')
    clock.at += 1
    assert.equal(await opened(path), refused)
  })

  test('change any character of it, cut it, lengthen it, or write the same bytes otherwise', async () => {
    const path = await lab.alpha.link('other.png', { lastsSecs: 600 })
    const token = path.slice('/objects/'.length)
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A'
      assert.equal(await opened(`/objects/${token.slice(0, at)}${other}${token.slice(at + 1)}`), refused, `at ${at}`)
    }
    const forms = [
      '',
      token.slice(1),
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      `${token}/`,
      `${token}${token}`,
      token.toUpperCase(),
      `%00${token}`,
      'A'.repeat(5000),
      '..',
      '__proto__',
    ]
    for (const form of forms) assert.equal(await opened(`/objects/${form}`), refused, form)
    assert.equal(await opened(`/other/${token}`), refused)
    assert.equal(await opened(`/objects/${token}?organization=${lab.beta.organization}`), 'other content')
  })

  test('forge one: with the key of the deployment alone, with another deployment, with another organization’s key', async () => {
    const keyIds = async (): Promise<readonly string[]> => []
    const theirs = await openLab()
    const forger = openObjects(
      { blobs: lab.blobs, vault: theirs.vault, keyIds, clock, linkKeys: lab.linkKeys },
      { deployment: 'lab' },
    )
    assert.equal(await opened(await forger.of(lab.alpha.organization).link('other.png', { lastsSecs: 60 })), refused)
    theirs.close()
    const elsewhere = lab.again({ deployment: 'elsewhere' }).of(lab.alpha.organization)
    assert.equal(await opened(await elsewhere.link('other.png', { lastsSecs: 60 })), refused)
    const borrowed = openObjects(
      {
        blobs: lab.blobs,
        // Signs for one organization with the key of another.
        vault: { ...lab.vault, dataKey: (_, domain) => lab.vault.dataKey(lab.beta.organization, domain) },
        keyIds,
        clock,
        linkKeys: lab.linkKeys,
      },
      { deployment: 'lab' },
    )
    assert.equal(await opened(await borrowed.of(lab.alpha.organization).link('other.png', { lastsSecs: 60 })), refused)
    const made = openObjects(
      {
        blobs: lab.blobs,
        vault: lab.vault,
        keyIds,
        clock,
        linkKeys: { current: () => [{ id: lab.linkKeys.current()[0].id, key: createSecretKey(randomBytes(32)) }] },
      },
      { deployment: 'lab' },
    )
    assert.equal(await opened(await made.of(lab.alpha.organization).link('other.png', { lastsSecs: 60 })), refused)
  })

  test('a made-up link asks for no key of any organization', async () => {
    let asked = 0
    const vault = { ...lab.vault, dataKeyById: () => Promise.reject(new Error(`asked ${++asked}`)) }
    const objects = openObjects(
      { blobs: lab.blobs, vault, keyIds: async () => [], clock, linkKeys: lab.linkKeys },
      { deployment: 'lab' },
    )
    const token = (await lab.alpha.link('other.png', { lastsSecs: 60 })).slice('/objects/'.length)
    for (let turn = 0; turn < 50; turn++) {
      const bytes = Buffer.from(token, 'base64url')
      randomBytes(8).copy(bytes, 4 + turn)
      assert.equal(await opened(`/objects/${bytes.toString('base64url')}`, objects), refused)
    }
    assert.equal(asked, 0)
  })

  test('a time that is none, too short or too long, and words that are none, are refused when a link is made', async () => {
    const week = 7 * 24 * 60 * 60
    for (const lastsSecs of [0, -1, 59, week + 1, 60.5, NaN, Infinity]) {
      await assert.rejects(lab.alpha.link('other.png', { lastsSecs }), { code: 'objects.bad_link' })
    }
    const bad = { code: 'objects.bad_link' }
    await assert.rejects(lab.alpha.link('other.png', { lastsSecs: 60, fileName: 'a\r\nb' }), bad)
    await assert.rejects(lab.alpha.link('other.png', { lastsSecs: 60, range: { start: 5, end: 5 } }), bad)
    await assert.rejects(lab.alpha.link('other.png', { lastsSecs: 60, version: 'newest' }), bad)
    const misspelt = Object.assign({ lastsSecs: 60 }, { lastSecs: 1 })
    await assert.rejects(lab.alpha.link('other.png', misspelt), bad)
    assert.equal(await opened(await lab.alpha.link('other.png', { lastsSecs: week })), 'other content')
  })

  test('a link to a version does not open the next one; a link to a part gives the part', async () => {
    const { version } = await lab.alpha.put('pinned', Buffer.from('0123456789'), type)
    const path = await lab.alpha.link('pinned', { lastsSecs: 60, version })
    const part = await lab.alpha.link('pinned', { lastsSecs: 60, range: { start: 2, end: 5 } })
    assert.deepEqual([await opened(path), await opened(part)], ['0123456789', '234'])
    await lab.alpha.put('pinned', Buffer.from('012'), { ...type, replace: true })
    assert.match(await opened(path), /^409 .*objects\.changed/)
    assert.match(await opened(part), /^416 .*objects\.bad_range/)
    await lab.alpha.remove('pinned')
    assert.match(await opened(part), /^404 .*objects\.absent/)
  })

  test('a key of the deployment that was taken away ends its links; one that was put on top leaves them', async () => {
    const path = await lab.alpha.link('other.png', { lastsSecs: 600 })
    const old = readFileSync(lab.linkKeyPath, 'utf8')
    const fresh = `${randomBytes(4).toString('hex')} ${randomBytes(32).toString('hex')}\n`
    writeFileSync(lab.linkKeyPath, fresh + old)
    clock.at += 1_001
    assert.equal(await opened(path), 'other content')
    const newer = await lab.alpha.link('other.png', { lastsSecs: 600 })
    assert.notEqual(newer.slice(0, 15), path.slice(0, 15))
    writeFileSync(lab.linkKeyPath, fresh)
    clock.at += 1_001
    assert.deepEqual([await opened(path), await opened(newer)], [refused, 'other content'])
  })

  test('the links of an organization whose keys were destroyed are refused, in the same words', async () => {
    const gone = lab.objects.of(newOrganizationId())
    await gone.put('x', Buffer.from('x'), type)
    const path = await gone.link('x', { lastsSecs: 600 })
    assert.equal(await opened(path), 'x')
    await shred({ ...lab.keyPorts, memorySecsMax: 0, forget: () => undefined }, { organization: gone.organization })
    const later = lab.again({})
    assert.equal(await opened(path, later), refused)
    await assert.rejects(later.of(gone.organization).get('x'), { code: 'vault.key_destroyed' })
  })
})

suite('the file of the keys of links', () => {
  test('one that others can read, that is cut, doubled or empty is refused', async () => {
    const lab = await openLab()
    try {
      const good = readFileSync(lab.linkKeyPath, 'utf8')
      for (const text of [
        '',
        '\n',
        good.slice(0, -10),
        good + good,
        `${good}x`,
        good.replaceAll(' ', '\t'),
        'ffffffff default',
      ]) {
        writeFileSync(lab.linkKeyPath, text)
        assert.throws(
          () => linkKeyFile(lab.linkKeyPath, systemClock),
          { code: 'links.bad_key_file' },
          JSON.stringify(text),
        )
      }
      writeFileSync(lab.linkKeyPath, good)
      chmodSync(lab.linkKeyPath, 0o640)
      assert.throws(() => linkKeyFile(lab.linkKeyPath, systemClock), { code: 'files.too_open' })
    } finally {
      lab.close()
    }
  })
})
