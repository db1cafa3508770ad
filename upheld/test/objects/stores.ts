import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderBlobs } from '../../src/adapters/objects/folder/index.ts'
import { s3Blobs, type S3Options } from '../../src/adapters/objects/s3/index.ts'
import type { Blobs } from '../../src/foundation/objects/index.ts'
import { bucketName, standIn, type StandIn } from './s3-server.ts'

/** A store of blobs, and a look behind it. */
export interface Store {
  readonly name: string
  readonly blobs: Blobs
  /** What is left of writes that came to nothing. */
  drafts(): Promise<number>
  close(): Promise<void>
}

export interface FolderStore extends Store {
  readonly path: string
}

export interface S3Store extends Store {
  readonly server: StandIn
}

export async function folderStore(): Promise<FolderStore> {
  const above = mkdtempSync(join(tmpdir(), 'upheld-objects-'))
  const path = join(above, 'store')
  const { readdir } = await import('node:fs/promises')
  return {
    name: 'folder',
    path,
    blobs: await folderBlobs({ path }),
    drafts: async () => (await readdir(join(path, '.drafts'))).length,
    close: async () => rmSync(above, { recursive: true }),
  }
}

export async function s3Store(options: Partial<S3Options> = {}, pageMax = 7): Promise<S3Store> {
  const server = await standIn({ pageMax })
  const blobs = await s3Blobs({ ...settingsFor(server), ...options })
  return {
    name: 's3',
    server,
    blobs,
    drafts: async () => server.store.uploads.size,
    async close() {
      blobs.close()
      await server.close()
    },
  }
}

/** What opens the stand-in, with little patience. */
export function settingsFor({ endpoint, account }: StandIn): S3Options {
  const { accessKeyId, secretAccessKey, region } = account
  return {
    bucket: bucketName,
    region,
    endpoint,
    pathStyle: true,
    keyPrefix: 'upheld/',
    credentials: { accessKeyId, secretAccessKey },
    partBytes: 5 * 1024 * 1024,
    silenceMsMax: 2_000,
    connectMsMax: 1_000,
  }
}
