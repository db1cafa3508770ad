import { folderBlobs } from '../../src/adapters/objects/folder/index.ts'
import type { Blobs } from '../../src/foundation/objects/index.ts'
import { openLab } from './lab.ts'

// Seals gibibytes that nobody holds, and reads a large object back, in a process that did nothing else. Says how much was
// sealed and read, and the most memory that it ever had, beside what it had before. Given a number, it is so many MiB of
// each.

const mebibyte = 1024 * 1024
const given = process.argv[2]
const [sealed, stored] = given === undefined ? [3 * 1024, 256] : [Number(given), Number(given)]
const zeros = new Uint8Array(mebibyte)

async function* sparse(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < mebibytes; index++) yield zeros
}

let drained = 0
const drain: Blobs = {
  says: 'nowhere',
  async put(_, bytes) {
    for await (const piece of bytes) drained += piece.length
    return true
  },
  get: async () => undefined,
  size: async () => undefined,
  remove: async () => undefined,
  async *list() {},
}

const lab = await openLab({ blobs: drain })
const beforeKiB = process.resourceUsage().maxRSS
await lab.alpha.put('huge', sparse(sealed), { contentType: 'application/octet-stream' })
const objects = lab.again({ blobs: await folderBlobs({ path: `${lab.folder}/large` }) }).of(lab.alpha.organization)
await objects.put('large', sparse(stored), { contentType: 'application/octet-stream' })
let read = 0
for await (const piece of (await objects.get('large'))?.bytes ?? []) read += piece.length
const afterKiB = process.resourceUsage().maxRSS
lab.close()
process.stdout.write(JSON.stringify({ drained, read, grownMiB: Math.round((afterKiB - beforeKiB) / 1024) }))
