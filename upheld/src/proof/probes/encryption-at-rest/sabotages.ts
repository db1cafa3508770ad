import { createCipheriv, createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { Sabotage } from '../../claims/index.ts'
import { renamed } from '../isolation-objects/sabotaged-store.ts'
import { beside, disguised, lenient } from './disguises.ts'
import { chunk, head, sealedChunk } from './objects.ts'

const source = import.meta.url
const trailer = 4096

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const keyOf = (folder: string, name: string): string => `${folder}/${createHash('sha256').update(name).digest('hex')}`

/** What a cipher without tags would make of changed bytes: a bit that was changed is a bit that is changed. */
function withoutTags(
  raw: Buffer,
  { sealed, plain }: { readonly sealed: Buffer; readonly plain: Buffer },
): Buffer | undefined {
  if (raw.length !== sealed.length) return undefined
  const content = Buffer.from(plain)
  for (let at = 0; at < content.length; at += 1) {
    const place = head + at + (sealedChunk - chunk) * Math.floor(at / chunk)
    content[at] = (content[at] ?? 0) ^ (raw[place] ?? 0) ^ (sealed[place] ?? 0)
  }
  return content
}

export const sabotages: readonly Sabotage[] = [
  disguised(source, 'in-clear', 'objects are written as they are', (_, { plain }) => plain),
  disguised(
    source,
    'first-chunk-only',
    'the first chunk is sealed, and the rest is written as it is',
    (sealed, { plain }) =>
      Buffer.concat([sealed.subarray(0, head + sealedChunk), plain.subarray(chunk), sealed.subarray(-trailer)]),
  ),
  disguised(
    source,
    'facts-in-clear',
    'the content is sealed, and name and type stand behind it in clear',
    (sealed, putting) =>
      Buffer.concat([
        sealed.subarray(0, -2000),
        Buffer.from(JSON.stringify([putting.name, putting.contentType])),
        sealed.subarray(-1000),
      ]),
  ),
  disguised(source, 'packed-not-sealed', 'objects are packed, and nobody can read them at a glance', (_, { plain }) =>
    Buffer.concat([Buffer.alloc(head), deflateSync(plain)]),
  ),
  disguised(source, 'one-keystream', 'every object is covered with the same bytes', (sealed, { plain }) => {
    const cover = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16))
    return Buffer.concat([cover.update(plain), sealed.subarray(-trailer)])
  }),
  renamed(
    'name-in-the-key',
    'the key of a blob is made of its name',
    (key, { name }) => `${key.split('/')[0] ?? ''}/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
  ),
  beside(source, 'type-beside', 'the type of a file is written beside it', async ({ name, contentType }, store) =>
    store.put(keyOf('types', name), only(Buffer.from(contentType))),
  ),
  beside(
    source,
    'preview-in-clear',
    'the first bytes of every file are kept in clear, for previews',
    async ({ name, plain }, store) => store.put(keyOf('previews', name), only(plain.subarray(0, 100))),
  ),
  beside(
    source,
    'draft-left',
    'a file is written in clear while it is uploaded, and stays',
    async ({ name, plain }, store) => store.put(keyOf('drafts', name), only(plain)),
  ),
  beside(
    source,
    'copy-in-base64',
    'a copy for a virus scanner lies beside it, in base64',
    async ({ name, plain }, store) => store.put(keyOf('scans', name), only(Buffer.from(plain.toString('base64')))),
  ),
  beside(
    source,
    'names-in-a-table',
    'the names of all files are kept in a table of the platform',
    async ({ name }, _, { admin }) => {
      await admin.query('create table if not exists public.file_names (name text)')
      await admin.query('insert into public.file_names values ($1)', [name])
    },
  ),
  lenient(source, 'tag-unchecked', 'the tags of chunks are written, and nobody looks at them', withoutTags),
  lenient(source, 'given-before-checked', 'content is given out while its tag is still to be read', withoutTags, true),
  lenient(source, 'end-unchecked', 'an object whose last chunks are missing ends there', (raw, { sealed, plain }) => {
    const missing = Math.ceil((sealed.length - raw.length) / sealedChunk)
    const final = Math.floor(plain.length / chunk)
    return missing === 1 && raw.length > head + trailer + sealedChunk ? plain.subarray(0, final * chunk) : undefined
  }),
]
