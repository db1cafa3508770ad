import type { Database, Queryable, Row } from '../../../../core/ports.ts'
import type { Organization, Upheld } from '../../../../upheld.ts'
import { cannotProbe, type OpenOptions, type Sabotage, type TwinWorld, type World } from '../../../claims/index.ts'
import { sabotage } from '../../breaking.ts'

/** Everything that a broken driver works with: real connections of a login, and contexts that are signed as they should. */
interface Wires {
  readonly login: Database
  readonly honest: Upheld
  /** A context of this organization for the connection that the transaction is on. */
  readonly token: (organizationId: string, tx: Queryable) => Promise<string>
}

type Send = (organizationId: string, text: string, values: readonly unknown[]) => Promise<Row[]>

/** How a driver carries one statement, and how it carries those of one transaction. */
interface Driver {
  readonly send: Send
  readonly transaction: <T>(organizationId: string, work: (send: Send) => Promise<T>) => Promise<T>
}

/** A twin whose application reaches its rows through a driver that somebody got wrong. */
function broken(name: string, says: string, driver: (wires: Wires) => Driver): Sabotage {
  return sabotage(import.meta.url, {
    name,
    says,
    beyond: { linter: 'it lives in the driver, which no catalogue shows' },
    async apply(twin): Promise<World> {
      return { ...twin, open: (options = {}) => handleOver(twin, options, many => twin.login('app', many), driver) }
    },
  })
}

function handleOver(
  twin: TwinWorld,
  options: OpenOptions,
  login: (connectionsMax: number) => Database,
  driver: (wires: Wires) => Driver,
): Upheld {
  const honest = twin.open(options)
  const connections = login(options.connectionsMax ?? 4)
  const over = driver({
    login: connections,
    honest,
    async token(organizationId, tx) {
      if (options.pooler === true) return twin.sign(organizationId, 0)
      const { rows } = await tx.query('select pg_backend_pid() as pid')
      return twin.sign(organizationId, Number(rows[0]?.['pid']))
    },
  })
  return {
    ...honest,
    organization: id => organizationOver(honest.organization(id), over),
    async close() {
      await Promise.all([connections.close(), honest.close()])
    },
  }
}

/** The handle of one organization with its statements sent another way. */
function organizationOver(organization: Organization, { send, transaction }: Driver): Organization {
  const { id } = organization
  const verbs = (way: Send): Pick<Organization, 'query' | 'sql' | 'answer' | 'stream'> => {
    async function sql<R extends object>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]>
    async function sql(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<Row[]> {
      return way(
        id,
        text.reduce((before, part, index) => `${before}$${index}${part}`),
        values,
      )
    }
    return { query: (text, values = []) => way(id, text, values), sql, answer: missing, stream: missing }
  }
  return {
    ...organization,
    ...verbs(send),
    transaction: work =>
      transaction(id, inside =>
        work({
          ...verbs((_id, text, values) => inside(id, text, values)),
          savepoint: missing,
          release: missing,
          rollbackTo: missing,
        }),
      ),
  }
}

function missing(): never {
  throw cannotProbe('A driver that was broken on purpose has no such verb.')
}

/** As our own driver does it: context and statement in one transaction, on one connection. */
function bound({ login, token }: Wires, write: (text: string, context: string) => string = text => text): Driver {
  const transaction: Driver['transaction'] = (id, work) =>
    login.transaction(async tx => {
      const context = await token(id, tx)
      await tx.query('select upheld.enter($1)', [context])
      return work(async (_id, text, values) => rowsOf(await tx.query(write(text, context), values)))
    })
  return { transaction, send: (id, text, values) => transaction(id, way => way(id, text, values)) }
}

/** Several statements in one text come back as a list; the application sees the last of them. */
function rowsOf(result: { readonly rows: Row[] }): Row[] {
  const answer: unknown = result.rows
  return Array.isArray(answer) ? result.rows : []
}

const dml = /^[\s(]*(select|insert|update|delete|merge|with|values)\b/i

/** The gate of a driver, where the first word decides, and the server's own, that takes one statement in a text. */
function gated(driver: Driver, several = false): Driver {
  const through =
    (send: Send): Send =>
    async (id, text, values) => {
      if (!dml.test(text) || (!several && /;\s*\S/.test(text))) throw new Refused()
      return send(id, text, values)
    }
  return {
    send: through(driver.send),
    transaction: (id, work) => driver.transaction(id, send => work(through(send))),
  }
}

class Refused extends Error {
  readonly code = 'tenancy.statement_refused'
}

/** Faults of a driver. Each sends real statements over real connections. */
export const drivers: readonly Sabotage[] = [
  broken('gate-off', 'the driver lets every kind of statement through', wires => {
    const open = bound(wires)
    const { honest } = wires
    return {
      send: (id, text, values) =>
        dml.test(text) ? honest.organization(id).query(text, values) : open.send(id, text, values),
      transaction: (id, work) =>
        honest
          .organization(id)
          .transaction(tx =>
            work((_id, text, values) => (dml.test(text) ? tx.query(text, values) : open.send(id, text, values))),
          ),
    }
  }),
  broken(
    'several-statements-in-one-text',
    'the driver uses the simple protocol, in which one text may hold several statements',
    wires => gated(bound(wires), true),
  ),
  broken('context-in-the-text', 'the driver writes the context into the text of the statement', wires =>
    gated(bound(wires, (text, context) => `/* ${context} */ ${text}`)),
  ),
  broken(
    'context-of-the-session',
    'the driver sets the context for the session, and another request takes the connection in between',
    wires => gated(ofSession(wires)),
  ),
  broken(
    'context-of-an-earlier-request',
    'while requests overlap, the driver uses the context of the first for all of them',
    wires => gated(ofFirst(wires)),
  ),
  sabotage(import.meta.url, {
    name: 'driver-logs-in-stronger',
    says: 'the driver logs in with a role that row security does not bind',
    async apply(twin): Promise<World> {
      const made = await twin.loginLike('app')
      await twin.admin.query(`alter role ${made.name} bypassrls`)
      return {
        ...twin,
        open: (options: OpenOptions = {}) => handleOver(twin, options, many => made.login(many), bound),
      }
    },
  }),
]

/** Two steps where there must be one: what comes in between is another request's. */
function ofSession({ login, token }: Wires): Driver {
  const enter = async (id: string, tx: Queryable): Promise<void> => {
    const [, context = '', note = ''] = /^([^{]*)(.*)$/s.exec(await token(id, tx)) ?? []
    await tx.query(`set upheld.context = '${context}'; set upheld.note = '${note.replaceAll("'", "''")}'`)
  }
  return {
    async send(id, text, values) {
      await login.transaction(tx => enter(id, tx))
      return rowsOf(await login.query(text, values))
    },
    transaction: (id, work) =>
      login.transaction(async tx => {
        await enter(id, tx)
        return work(async (_id, text, values) => rowsOf(await tx.query(text, values)))
      }),
  }
}

function ofFirst(wires: Wires): Driver {
  let first: string | undefined
  let inTheAir = 0
  const together = async <T>(id: string, work: (id: string) => Promise<T>): Promise<T> => {
    first ??= id
    inTheAir += 1
    try {
      return await work(first)
    } finally {
      inTheAir -= 1
      if (inTheAir === 0) first = undefined
    }
  }
  const { send, transaction } = bound(wires)
  return {
    send: (id, text, values) => together(id, shared => send(shared, text, values)),
    transaction: (id, work) => together(id, shared => transaction(shared, work)),
  }
}
