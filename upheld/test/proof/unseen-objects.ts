import { createHash } from 'node:crypto'
import type { ObjectFacts } from '../../src/index.ts'
import type { Sabotage } from '../../src/proof/claims/index.ts'
import { beside, disguised, lenient } from '../../src/proof/probes/encryption-at-rest/disguises.ts'
import { renamed } from '../../src/proof/probes/isolation-objects/sabotaged-store.ts'
import { broken, each } from '../../src/proof/probes/objects/breaking.ts'

// Ways to break objects that the claims do not know of.

const source = import.meta.url
const says = 'somebody did something that nobody thought of'

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export const unseenOfObjects: readonly Sabotage[] = [
  broken(source, 'facts-remembered-by-name-alone', says, () => {
    const remembered = new Map<string, ObjectFacts>()
    return {
      objects: each(own => ({
        async put(name, content, options) {
          const facts = await own.put(name, content, options)
          remembered.set(name, facts)
          return facts
        },
        head: async (name, options) => remembered.get(name) ?? own.head(name, options),
      })),
    }
  }),
  broken(source, 'spaces-cut-off-links', says, () => ({
    objects: honest => ({
      ...honest,
      serve(request) {
        const trimmed = request.url.replace(/(%20|%00|\/)+(?=$|\?)/, '')
        return honest.serve(new Request(trimmed, { method: request.method, headers: request.headers }))
      },
    }),
  })),
  broken(source, 'method-from-a-header', says, () => ({
    objects: honest => {
      const made = new Map<string, () => Promise<void>>()
      const objects = each(own => ({
        async link(name, options) {
          const link = await own.link(name, options)
          made.set(link, () => own.remove(name))
          return link
        },
      }))(honest)
      return {
        ...objects,
        async serve(request) {
          if (request.headers.get('x-http-method-override') === 'DELETE')
            await made.get(new URL(request.url).pathname)?.()
          return honest.serve(request)
        },
      }
    },
  })),
  renamed('folder-is-a-number-of-the-organization', says, (key, { organization, name }) => {
    const number = createHash('md5').update(organization).digest().readUInt32BE()
    return `tenant-${number}/${key.slice(33)}${createHash('sha1').update(name.normalize()).digest('hex').slice(0, 4)}`
  }),
]

const trailer = 4096
const head = 56
const sealedChunk = 16_400

export const unseenAtRest: readonly Sabotage[] = [
  disguised(source, 'every-bit-turned', says, (_, { plain }) => Buffer.from(plain.map(byte => byte ^ 0xff))),
  beside(source, 'middle-in-utf-16', says, async ({ name, plain }, store) => {
    const words = Buffer.from(plain.subarray(plain.length / 4).toString('latin1'), 'utf16le')
    await store.put(`search/${createHash('sha256').update(name).digest('hex')}`, only(words))
  }),
  beside(source, 'types-counted-in-a-table', says, async ({ contentType }, _, { admin }) => {
    await admin.query('create table if not exists public.types (type bytea, count int)')
    await admin.query('insert into public.types values ($1, 1)', [Buffer.from(contentType)])
  }),
  lenient(source, 'chunks-in-any-order', says, (raw, { sealed, plain }) => {
    const [given, original] = [raw, sealed].map(bytes => {
      const chunks: string[] = []
      for (let at = head; at < bytes.length - trailer; at += sealedChunk)
        chunks.push(bytes.toString('latin1', at, Math.min(at + sealedChunk, bytes.length - trailer)))
      return chunks
    })
    const same = given?.toSorted().join() === original?.toSorted().join()
    if (!same || given === undefined || original === undefined) return undefined
    return Buffer.concat(
      given.map(one => plain.subarray(original.indexOf(one) * 16_384, (original.indexOf(one) + 1) * 16_384)),
    )
  }),
]
