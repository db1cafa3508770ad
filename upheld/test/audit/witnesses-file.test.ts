import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { generateSignerKey, parseSignerKey, parseVerifierKey } from '../../src/core/transparency/index.ts'
import { auditSource, writeAuditBundle } from '../../src/proof/bundle/index.ts'
import { supervise, type Supervised } from '../../src/surfaces/cli/processes/supervise.ts'
import { until } from '../../src/testing/index.ts'
import { verifyAuditBundle } from '../../src/verify.ts'
import { forget, startWitness } from '../witness/running.ts'
import { host, openLab, type Lab } from './lab.ts'

const main = join(import.meta.dirname, '../../src/surfaces/cli/main.ts')

/** The recorder as `upheld up` starts it. */
function startRecorder({ folder, urls }: Lab, notes: string[]): Supervised {
  return supervise({
    name: 'record',
    module: main,
    args: ['record'],
    env: { PATH: process.env['PATH'] ?? '' },
    payload: () => ({ stateFolder: folder, url: urls.record, host }),
    onMessage: message => {
      if (message.type === 'trouble') notes.push(message.says)
    },
    note: line => {
      notes.push(line)
    },
    clock: systemClock,
    silenceMsMax: 60_000,
    stopMsMax: 10_000,
    restarts: true,
  })
}

suite('the recorder as a process, and a witness as a process', () => {
  test('a witness that is named while the recorder runs is asked, stands in every bundle, and follows a changed key', async () => {
    const lab = await openLab()
    const notes: string[] = []
    const evidence = parseSignerKey(generateSignerKey(`${host}/upheld/evidence`)).verifier.encoded
    lab.files.seeds()
    writeFileSync(join(lab.folder, 'keys', 'evidence.pub'), `${evidence}\n`)
    const recorder = startRecorder(lab, notes)
    const witnesses = new Set<Awaited<ReturnType<typeof startWitness>>>()
    try {
      await recorder.ready
      const o = await lab.tenancy.createOrganization()
      const add = () => o.sql`insert into shop.note (organization_id) values (${o.id})`
      const bundled = async () =>
        verifyAuditBundle(writeAuditBundle(await auditSource(o)), { now: new Date(), freshSecs: 3600 })
      await add()
      await until(async () => (await lab.pending()).length === 0, 'recorded')
      await assert.rejects(bundled(), { code: 'bundle.stale' })

      // What an operator hands to whoever runs a witness.
      await until(() => existsSync(join(lab.folder, 'log.keys')), 'the keys are told')
      const [anchor = '', second] = readFileSync(join(lab.folder, 'log.keys'), 'utf8').match(/^[^#\n]+$/gm) ?? []
      assert.equal(second, evidence)
      const witness = await startWitness({ log: parseVerifierKey(anchor), name: 'customer.example' })
      witnesses.add(witness)
      const rules = (url: string): string => `witness c ${witness.key.encoded} ${url}\nquorum c\n`
      writeFileSync(join(lab.folder, 'witnesses.txt'), 'witness c nonsense\n')
      await until(() => notes.some(note => note.includes('witnesses.txt')), 'what is wrong with the file is told')
      writeFileSync(join(lab.folder, 'witnesses.txt'), rules(witness.url))
      const names = async (): Promise<string> =>
        (await bundled().catch(() => undefined))?.anchoring?.cosignatures.map(one => one.witness).join() ?? ''
      await until(async () => (await names()) === 'customer.example', 'cosigned')
      const before = await bundled()
      assert.deepEqual([before.anchoring?.hasQuorum, before.keys.length], [true, 1])

      // A new seed: the recorder sees it by itself, and the next entry is under the new key.
      lab.files.addSeed()
      await until(() => notes.some(note => note.includes('keys of the audit logs were changed')), 'seen')
      const changed = async (): Promise<boolean> => {
        await add()
        await until(async () => (await lab.pending()).length === 0, 'recorded')
        const { rows } = await lab.admin.query('select min(key_epoch) as epoch from upheld_audit.log')
        return Number(rows[0]?.['epoch']) === 2
      }
      await until(changed, 'every log is under the new key')
      await until(() => !readFileSync(join(lab.folder, 'log.keys'), 'utf8').includes(anchor), 'the new key is told')
      await witness.end('SIGTERM')
      witnesses.delete(witness)
      const [next = ''] = readFileSync(join(lab.folder, 'log.keys'), 'utf8').match(/^[^#\n]+$/gm) ?? []
      const again = await startWitness({ log: parseVerifierKey(next), state: witness.state })
      witnesses.add(again)
      writeFileSync(join(lab.folder, 'witnesses.txt'), rules(again.url))
      await until(async () => (await names()) === 'customer.example', 'cosigned under the new key')
      assert.equal((await bundled()).keys.length, 2)
    } finally {
      await recorder.stop()
      for (const witness of witnesses) {
        await witness.end('SIGKILL')
        forget(witness)
      }
      await lab.close()
    }
  })
})
