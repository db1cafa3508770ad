import assert from 'node:assert/strict'
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { suite, test } from 'node:test'
import { erasePersonal, readAuditLog, recordEvent } from '../../src/foundation/audit/index.ts'
import { exportFeed, searchAudit } from '../../src/foundation/audit/search/index.ts'
import { formatNames, formats } from '../../src/foundation/audit/siem/index.ts'
import {
  formatProof,
  inclusionProof,
  parseVerifierKey,
  subtreesOf,
  verifyProof,
} from '../../src/core/transparency/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { auditSource, writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { verifyAuditBundle } from '../../src/verify.ts'
import { openLab, type Lab } from './lab.ts'
import { textOf } from './told.ts'

const operator = { type: 'operator', id: 'op-1', purpose: 'erasure request' } as const
const person = ['ann.erased@customer.example', '192.0.2.77', 'Ann Erased']

/** Every row of every table of this database, as text. */
async function everything({ admin }: Lab): Promise<string> {
  const { rows } = await admin.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const texts: string[] = []
  for (const { name } of rows) {
    const found = await admin.query(`select to_jsonb(t)::text as text from ${String(name)} t`)
    texts.push(...found.rows.map(({ text }) => String(text)))
  }
  return texts.join('\n')
}

/** The whole log in each format of a SIEM. */
async function exported(o: Organization): Promise<string[]> {
  const texts: string[] = []
  for (const format of formatNames) {
    const feed = await exportFeed(o, { format, to: 'file' })
    for (const log of await feed.logs()) {
      const source = { organization: o.id, origin: log.origin, version: '0.0.0' }
      const read = await feed.entries(log, 0, 1_000)
      texts.push(read.map((entry, i) => formats[format].line(entry, source, read[i - 1])).join('\n'))
    }
  }
  return texts
}

suite('a person is forgotten', () => {
  test('B5 19: bundles of before and after verify, one proof holds in both, and the values are in no table, bundle or export', async () => {
    const lab = await openLab()
    const folder = mkdtempSync(join(tmpdir(), 'upheld-erasure-'))
    try {
      const o = await lab.tenancy.createOrganization()
      const recorder = await lab.recorder()
      const bundled = async (name: string): Promise<string> => {
        await pipeline(Readable.from(writeAuditBundle(await auditSource(o))), createWriteStream(join(folder, name)))
        return join(folder, name)
      }
      const verified = (path: string, seen?: string) =>
        verifyAuditBundle(createReadStream(path), { now: new Date(), ...(seen === undefined ? {} : { seen }) })
      // What an application says of a person, and a key of a row that names one.
      const [email = '', ip = '', name = ''] = person
      const session = await recordEvent(o, { action: 'session.started', personal: { ip, name } })
      await o.sql`insert into shop.subscriber (organization_id, email) values (${o.id}, ${email})`
      await o.sql`delete from shop.subscriber where email = ${email}`
      await recordEvent(o, { action: 'session.started', personal: { ip: '198.51.100.1' } })
      await lab.drain(recorder)
      const view = await readAuditLog(lab.record, o.id, recorder.keys)
      const leaf = view.leaves[0]
      assert.ok(leaf?.value['id'] === session.id)
      const hashes = inclusionProof(subtreesOf(view.tree), 0, view.size)
      const proof = formatProof({ index: 0, hashes, checkpoint: view.checkpoint })
      const before = await bundled('before.tar')
      const first = await verified(before)
      assert.deepEqual([first.disclosed, first.erased], [5, 0])
      for (const one of person) assert.ok(readFileSync(before).includes(one))

      const entries = view.leaves.slice(0, 3).map(({ value }) => textOf(value['id']))
      for (const entry of entries) await erasePersonal(lab.record, { organization: o.id, entry }, operator)
      const waiting = await verified(await bundled('waiting.tar'))
      assert.deepEqual([waiting.disclosed, waiting.erased, waiting.erasedUnlogged], [1, 4, 4])
      await lab.drain(recorder)

      const after = await bundled('after.tar')
      const second = await verified(after, first.checkpoint)
      assert.deepEqual([second.disclosed, second.erased, second.erasedUnlogged], [1, 4, 0])
      assert.deepEqual([second.size, second.continuesSeen], [first.size + 3, true])
      assert.equal((await verified(before)).root, first.root)
      const later = await readAuditLog(lab.record, o.id, recorder.keys)
      assert.deepEqual(later.leaves[0]?.bytes, leaf.bytes)
      assert.equal(verifyProof(proof, leaf.bytes, parseVerifierKey(later.key)).index, 0)
      // The log says that it was erased, by whom, and of which entry: by one name everywhere.
      assert.deepEqual(
        later.leaves.slice(-3).map(({ value }) => [value['action'], value['targets'], value['actor']]),
        entries.map(id => ['audit.erase', [{ type: 'entry', id }], { id: 'op-1', type: 'operator' }]),
      )
      assert.match(readFileSync(after, 'latin1'), /"erased_by":\{"id":"[0-9a-f-]{36}","index":\d+\}/)
      const page = await searchAudit(o, { action: 'audit.erase' })
      assert.equal(page.items.length, 3)
      await lab.drain(recorder)

      const texts = [await everything(lab), readFileSync(after, 'utf8'), JSON.stringify(await searchAudit(o, {}))]
      const places = [...texts, ...(await exported(o))]
      for (const one of person)
        for (const [i, place] of places.entries()) assert.ok(!place.includes(one), `${one} in ${i}`)
      assert.equal(places.length, 3 + formatNames.length)
      assert.ok(places.every(place => place.includes('audit.erase')))
      assert.ok(places[0]?.includes('198.51.100.1') === true, 'what was not asked for stays')
    } finally {
      await lab.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
