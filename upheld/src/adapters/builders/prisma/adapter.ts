import type {
  ArgType,
  IsolationLevel,
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils'
import type { Answer, Organization, RowShape } from '../../../foundation/tenancy/index.ts'
import { isolationOf, openSession, refuse, type Session } from '../index.ts'
import { columnTypeOf, prismaRows } from './columns.ts'
import { failureOf } from './failures.ts'
import { fromDate } from './times.ts'

const identity = Object.freeze({ provider: 'postgres', adapterName: 'upheld/prisma' } as const)

/** A driver adapter for `new PrismaClient({ adapter })`: a client over one organization. */
export function boundPrisma(organization: Organization): SqlDriverAdapterFactory {
  return Object.freeze({ ...identity, connect: async () => adapter(organization) })
}

function adapter(organization: Organization): SqlDriverAdapter {
  return Object.freeze({
    ...queryable((text, values, shape) => organization.answer(text, values, shape)),
    executeScript: () => Promise.reject(refuse.no_script()),
    async startTransaction(isolation?: IsolationLevel) {
      const session = openSession(organization)
      await session.begin(isolation === undefined ? {} : { isolation: isolationOf(isolation) })
      return transaction(session)
    },
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    // The connections are the platform's.
    dispose: async () => undefined,
  } satisfies SqlDriverAdapter)
}

function transaction(session: Session): Transaction {
  return Object.freeze({
    ...queryable((text, values, shape) => session.run(text, values, shape)),
    // Prisma then sends no COMMIT of its own, and calls these.
    options: Object.freeze({ usePhantomQuery: true }),
    commit: () => ending(session, () => session.commit()),
    rollback: () => ending(session, () => session.rollback()),
    createSavepoint: name => said(session.savepoint(name)),
    rollbackToSavepoint: name => said(session.rollbackTo(name)),
    releaseSavepoint: name => said(session.release(name)),
  } satisfies Transaction)
}

async function ending(session: Session, end: () => Promise<boolean>): Promise<void> {
  try {
    await said(end())
  } finally {
    await session.close()
  }
}

type Run = (text: string, values: readonly unknown[], shape: RowShape) => Promise<Answer>

function queryable(run: Run): SqlQueryable {
  const ask = ({ sql, args, argTypes }: SqlQuery): Promise<Answer> =>
    said(
      run(
        sql,
        args.map((value, index) => valueOf(value, argTypes[index])),
        prismaRows,
      ),
    )
  return {
    ...identity,
    async queryRaw(query): Promise<SqlResultSet> {
      const { fields, rows } = await ask(query)
      return {
        columnNames: fields.map(field => field.name),
        columnTypes: fields.map(field => columnTypeOf(field.dataTypeID)),
        // Arrays, as prismaRows asks for.
        rows: rows as unknown as unknown[][],
      }
    },
    async executeRaw(query) {
      const { tag } = await ask(query)
      return Number(tag.split(' ').at(-1)) || 0
    },
  }
}

async function said<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (failure) {
    throw failureOf(failure)
  }
}

/** A value as Prisma gives it: dates and bytes come as text, with a word for what they are. */
function valueOf(value: unknown, type: ArgType | undefined): unknown {
  if (Array.isArray(value) && type?.arity === 'list')
    return value.map(one => valueOf(one, { ...type, arity: 'scalar' }))
  if (value instanceof Date) return fromDate(value, type?.dbType)
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (typeof value !== 'string') return value
  if (type?.scalarType === 'datetime') return fromDate(new Date(value), type.dbType)
  return type?.scalarType === 'bytes' ? Buffer.from(value, 'base64') : value
}
