import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { processFacts } from '../../src/adapters/files/index.ts'
import { desk, endAll, feedForm, freePort, lives, run, scratch, start, stop, type Running } from './harness.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { until } from '../../src/testing/index.ts'

// One desk, started as a newcomer starts it; the tests meet it in the order in which a person would.

const place = scratch()
const state = join(place.folder, 'state')
const given = ['--state', state]
let system: Running
let origin = ''

before(async () => {
  system = start(['up', '--app', desk, ...given, '--port', String(await freePort())])
  const match = await system.until(/Security page\s+(http:\/\/\S+)\/security\n/)
  origin = match[1] ?? ''
  assert.ok(
    (await fetch(`${origin}/security`)).ok,
    'where everything is stands there before the first attacks are over',
  )
  await system.until(/Ctrl-C stops everything/)
})
after(async () => {
  await endAll()
  place.remove()
})

const verdictsForm = z.looseObject({ verdicts: z.array(z.looseObject({ claim: z.string(), verdict: z.string() })) })
const proven = provenClaims.map(({ id }) => id)

suite('a fresh start', () => {
  test('prints what is attacked, each verdict, and where everything is', async () => {
    for (const id of proven) {
      assert.match(system.text(), new RegExp(`attacking\\s+${id}`))
      assert.match(system.text(), new RegExp(`upheld\\s+${id}\\s.*attacks beaten`))
    }
    assert.match(system.text(), /sign-in/)
    assert.doesNotMatch(system.text(), /upheld_app:|upheld_proof:|PRIVATE\+KEY/)
  })

  test('answers the desk, the page and security.txt', async () => {
    assert.ok((await fetch(`${origin}/`)).ok)
    const page = await fetch(`${origin}/security`)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /data-claim="isolation\.rows" data-verdict="upheld"/)
    assert.match(await (await fetch(`${origin}/.well-known/security.txt`)).text(), /^Contact: /)
  })

  test('says in its feed that every proven claim is upheld', async () => {
    const feed = feedForm.parse(await (await fetch(`${origin}/security/feed.json`)).json())
    assert.equal(feed.record.holds, true)
    for (const id of proven) assert.equal(feed.claims.find(claim => claim.id === id)?.verdict, 'upheld', id)
  })
})

suite('the evidence', () => {
  const file = join(place.folder, 'bundle.json')
  const key = join(state, 'keys', 'evidence.pub')

  test('verifies from a file, from the address of the bundle, and from that of the log', async () => {
    const bundle = Buffer.from(await (await fetch(`${origin}/security/evidence/bundle`)).arrayBuffer())
    writeFileSync(file, bundle)
    for (const source of [file, `${origin}/security/evidence/bundle`, `${origin}/security/evidence/`]) {
      const { code, out } = await run(['verify', source, '--key', key])
      assert.equal(code, 0, out)
      assert.match(out, /upheld\s+isolation\.rows/)
    }
  })

  test('with one byte changed, or under another key, is refuted', async () => {
    const bytes = readFileSync(file)
    const changed = join(place.folder, 'changed.json')
    const at = Math.floor(bytes.length / 2)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(changed, bytes)
    assert.equal((await run(['verify', changed])).code, 1)
    const other = 'other.example/evidence+a0bf7f58+AYFEJWDLsCC2xTPyAxCiTLvUd/lppABVTOgpd2yYgmfC'
    const { code } = await run(['verify', file, '--key', other])
    assert.ok(code !== 0, 'another key vouches for nothing')
  })
})

suite('beside a running system', () => {
  test('a second start says who runs and where, and leaves it alone', async () => {
    const { code, out } = await run(['up', '--app', desk, ...given])
    assert.equal(code, 0)
    assert.ok(out.includes(origin) && out.includes(String(system.pid)), out)
  })

  test('check attacks now, with a record of its own, and knows one claim from another', async () => {
    const { code, out } = await run(['check', ...given, '--claim', 'roadmap.honest', '--json'])
    assert.equal(code, 0, out)
    const { verdicts } = verdictsForm.parse(JSON.parse(out))
    assert.deepEqual(
      verdicts.map(({ claim, verdict }) => [claim, verdict]),
      [['roadmap.honest', 'upheld']],
    )
    const wrong = await run(['check', ...given, '--claim', 'roadmap.onest'])
    assert.equal(wrong.code, 64)
    assert.match(wrong.err, /cli\.unknown_claim.*Did you mean roadmap\.honest\?/)
  })

  test('export writes what the log holds, and the same evidence twice the same', async () => {
    const headOf = async (): Promise<string> => (await fetch(`${origin}/security/evidence/checkpoint`)).text()
    const exported = async (format: string): Promise<string> => {
      const out = join(place.folder, `${randomUUID()}.json`)
      const { code, err } = await run(['export', format, ...given, '--out', out])
      assert.equal(code, 0, err)
      return readFileSync(out, 'utf8')
    }
    const envelope = z.object({ payload: z.base64() })
    for (const format of ['oscal-assessment-results', 'cyclonedx', 'caiq', 'in-toto']) {
      // A claim may be attacked between the two: then they are of different evidence, and taken again.
      let twice: readonly string[] = []
      await until(async () => {
        const head = await headOf()
        twice = [await exported(format), await exported(format)]
        return (await headOf()) === head
      }, 'two exports under one head')
      const [one = '', two = ''] = twice
      assert.equal(one, two, format)
      const says = format === 'in-toto' ? Buffer.from(envelope.parse(JSON.parse(one)).payload, 'base64') : one
      assert.match(String(says), /Northwind Desk/, format)
    }
  })

  test('doctor finds the record whole and every secret closed', async () => {
    const { out } = await run(['doctor', ...given, '--json'])
    const { facts } = z
      .looseObject({ facts: z.array(z.looseObject({ id: z.string(), ok: z.unknown() })) })
      .parse(JSON.parse(out))
    for (const id of ['machine.node', 'files.context', 'files.evidence', 'server.durability', 'evidence.record']) {
      assert.equal(facts.find(fact => fact.id === id)?.ok, true, id)
    }
  })

  test('the context key is replaced and the desk goes on answering', async () => {
    const before = readFileSync(join(state, 'keys', 'context.key'), 'utf8')
    const { code } = await run(['keys', 'rotate', ...given])
    assert.equal(code, 0)
    assert.notEqual(readFileSync(join(state, 'keys', 'context.key'), 'utf8'), before)
    assert.ok((await fetch(`${origin}/`)).ok)
  })

  test('no secret stands in an argument list of any of its processes', () => {
    const logins: unknown = JSON.parse(readFileSync(join(state, 'keys', 'logins.json'), 'utf8'))
    const secrets = Object.values(z.record(z.string(), z.string()).parse(logins))
    for (const pid of children(system.pid)) {
      const command = processFacts(pid)?.command ?? ''
      for (const secret of secrets) assert.ok(!command.includes(secret), command)
    }
  })

  test('a web process that is killed comes back at the same address', async () => {
    const web = children(system.pid).find(pid => processFacts(pid)?.command.endsWith('main.ts serve') === true)
    assert.ok(web !== undefined)
    process.kill(web, 'SIGKILL')
    await system.until(/web was ended by SIGKILL; it starts again/)
    for (let tries = 0; tries < 200; tries += 1) {
      const answer = await fetch(`${origin}/security`).catch(() => undefined)
      if (answer?.status === 200) return
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    assert.fail('the page did not come back')
  })

  test('Ctrl-C ends every process, Postgres too, and a second start finds everything as it was', async () => {
    const pids = [...children(system.pid), system.pid]
    assert.ok(pids.length >= 4)
    const { code } = await stop(system)
    assert.equal(code, 0)
    await until(() => !pids.some(lives), 'a process was left behind')
    const size = await sizeOfLog(async () => {
      system = start(['up', '--app', desk, ...given, '--port', new URL(origin).port])
      await system.until(/Security page/)
    })
    assert.ok(size > 3, 'the evidence goes on where it was')
  })
})

async function sizeOfLog(begin: () => Promise<void>): Promise<number> {
  await begin()
  const checkpoint = await (await fetch(`${origin}/security/evidence/checkpoint`)).text()
  return Number(checkpoint.split('\n')[1])
}

/** Every process whose parent is this one. */
function children(parent: number): number[] {
  const list = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
  return list.trim().split(' ').map(Number)
}
