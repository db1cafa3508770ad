import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { keyFolder, keyTable } from '../../src/adapters/keystore/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/core/clock.ts'
import { organizationId } from '../../src/core/ids.ts'
import type { KeyStore } from '../../src/foundation/vault/index.ts'
import { recordFor } from './records.ts'

/** A process of its own on a store. Says `ready`, then does what each line on its input says, and says how it went. */
const [kind = '', place = '', organization = ''] = process.argv.slice(2)
const org = organizationId(organization)
const store = open()

function open(): KeyStore {
  return kind === 'folder' ? keyFolder(place, systemClock) : keyTable(openDatabase(place), systemClock)
}

async function work(line: string): Promise<string> {
  const [verb, domain = '', count = '1'] = line.split(' ')
  if (verb === 'add') return String(await store.add(recordFor(org, domain)))
  if (verb === 'replace') {
    const [was] = await store.list(org, domain)
    if (was === undefined) return 'none'
    return String(await store.replace(was, { ...was, wrapped: randomBytes(100), wrappedBy: `root#${process.pid}` }))
  }
  if (verb === 'destroy') {
    const [was] = await store.list(org, domain)
    if (was !== undefined) await store.destroy(was)
    return 'destroyed'
  }
  // Adds, rewraps and destroys without end, and says each key that is kept for good.
  for (let each = 0; each < Number(count); each++) {
    const name = `${domain}:${process.pid}:${each}`
    const record = recordFor(org, name)
    await store.add(record)
    console.log(`kept ${name} ${record.id}`)
    await store.replace(record, { ...record, state: 'decrypt-only' })
    if (each % 2 === 0) {
      await store.destroy(record)
      console.log(`gone ${name} ${record.id}`)
    }
  }
  return 'done'
}

console.log('ready')
for await (const line of createInterface({ input: process.stdin })) console.log(await work(line))
