import { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { boundPrisma } from '../../../src/adapters/builders/prisma/index.ts'
import { sample, type Subject, type Trial } from './subject.ts'

interface AuthorRow {
  readonly id: number
  readonly name: string
}

/** The part of a generated client that is used here. */
interface Client {
  readonly author: {
    create(given: { readonly data: object }): Promise<AuthorRow>
    findMany(given: object): Promise<(AuthorRow & { readonly books: readonly { readonly title: string }[] })[]>
    findFirst(given: object): Promise<AuthorRow | null>
    updateMany(given: { readonly data: object }): Promise<{ readonly count: number }>
    deleteMany(given: { readonly where: object }): Promise<{ readonly count: number }>
  }
  readonly book: { create(given: { readonly data: object }): Promise<object> }
  readonly thing: {
    create(given: { readonly data: object }): Promise<object>
    findFirstOrThrow(given: object): Promise<Record<string, unknown>>
  }
  $queryRawUnsafe(text: string, ...values: readonly unknown[]): Promise<Record<string, unknown>[]>
  $executeRawUnsafe(text: string, ...values: readonly unknown[]): Promise<number>
  $transaction<T>(work: (tx: Client) => Promise<T>, options?: object): Promise<T>
  $disconnect(): Promise<void>
}

const from = new URL('../prisma/', import.meta.url)

const config = z
  .custom<Omit<GetPrismaClientConfig, 'compilerWasm'>>(
    value => typeof value === 'object' && value !== null && 'runtimeDataModel' in value,
  )
  .parse(JSON.parse(readFileSync(new URL('client.json', from), 'utf8')))

/** What `prisma generate` (7.10.0) wrote of schema.prisma into `internal/class.ts`, but for the paths of its WebAssembly. */
const generated: GetPrismaClientConfig = {
  ...config,
  compilerWasm: {
    getRuntime: () => import('@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'),
    getQueryCompilerWasmModule: async () => {
      const { wasm } = await import('@prisma/client/runtime/query_compiler_fast_bg.postgresql.wasm-base64.mjs')
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_fast_bg.js',
  },
}

const PrismaClient = getPrismaClient(generated)

export function prismaClient(adapter: SqlDriverAdapterFactory): Client {
  const client: unknown = new PrismaClient({ adapter })
  assert(isClient(client))
  return client
}

function isClient(value: unknown): value is Client {
  return typeof value === 'object' && value !== null && '$transaction' in value && 'author' in value
}

export const prismaTrial: Trial = {
  name: 'Prisma',
  over: organization => subject(prismaClient(boundPrisma(organization))),
  bare: url => subject(prismaClient(new PrismaPg({ connectionString: url, max: 2 }))),
}

function subject(client: Client): Subject {
  return {
    ...statements(client),
    close: () => client.$disconnect(),
    transaction: (work, mode) =>
      client.$transaction(tx => work(subject(tx)), {
        maxWait: 20_000,
        timeout: 30_000,
        ...(mode?.serializable === true ? { isolationLevel: 'Serializable' } : {}),
      }),
  }
}

function statements(client: Client): Omit<Subject, 'transaction' | 'close'> {
  return {
    raw: (text, values = []) => client.$queryRawUnsafe(text, ...values),
    async addAuthor(data, organization) {
      await client.author.create({
        data: organization === undefined ? data : { ...data, organization_id: organization },
      })
    },
    async addBook(id, authorId, title, pages = 1) {
      const [own] = await client.$queryRawUnsafe('select upheld.organization_id()::text as id')
      await client.book.create({ data: { id, title, pages, organization_id: own?.['id'], author_id: authorId } })
    },
    authors: () => client.author.findMany({ select: { id: true, name: true }, orderBy: { id: 'asc' } }),
    author: async id =>
      (await client.author.findFirst({ where: { id }, select: { id: true, name: true } })) ?? undefined,
    async renameAll(name) {
      return client.$executeRawUnsafe('update shelf.author set name = $1 || id', name)
    },
    removeOf: async organization =>
      (await client.author.deleteMany({ where: { organization_id: organization } })).count,
    moveTo: async organization => (await client.author.updateMany({ data: { organization_id: organization } })).count,
    async shelf() {
      const found = await client.author.findMany({
        include: { books: { orderBy: { id: 'asc' } } },
        orderBy: { id: 'asc' },
      })
      return found.map(({ name, books }) => ({ author: name, titles: books.map(({ title }) => title) }))
    },
    async typed(id, organization) {
      // Prisma knows no interval.
      const { mark, share, doc, tags, counts, raw, mood, note } = sample
      const data = {
        mark,
        share,
        doc,
        tags,
        counts,
        raw,
        mood,
        note,
        big: BigInt(sample.big),
        at: new Date(sample.at),
        day: new Date(sample.day),
      }
      await client.thing.create({ data: { ...data, organization_id: organization, id } })
      return { ...(await client.thing.findFirstOrThrow({ where: { id } })), nothing: null }
    },
  }
}
