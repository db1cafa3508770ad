import type { Database, Queryable, Row } from '../../../../core/ports.ts'
import type { Organization, Upheld } from '../../../../upheld.ts'
import { cannotProbe, type OpenOptions, type Sabotage, type TwinWorld, type World } from '../../../claims/index.ts'
import { sabotage } from '../../breaking.ts'

/** Everything that a broken driver works with: real connections of a login, and contexts that were signed for real. */
interface Wires {
  readonly login: Database
  readonly honest: Upheld
  /** A context of this organization that fits any connection. */
  token(organizationId: string): Promise<string>
}

type Send = (organizationId: string, text: string, values: readonly unknown[]) => Promise<Row[]>

/** How a driver carries one statement, and how it carries those of one transaction. */
interface Driver {
  send: Send
  transaction<T>(organizationId: string, work: (send: Send) => Promise<T>): Promise<T>
}

const unseen = { linter: 'it lives in the driver, which no catalogue shows' }

/** A twin whose application reaches its rows through a driver that somebody got wrong. */
function broken(
  name: string,
  says: string,
  driver: (wires: Wires) => Driver,
  logins?: (twin: TwinWorld) => Promise<(connectionsMax: number) => Database>,
): Sabotage {
  return sabotage(import.meta.url, {
    name,
    says,
    beyond: unseen,
    async apply(twin): Promise<World> {
      const login = logins === undefined ? (many: number) => twin.login('app', many) : await logins(twin)
      return { ...twin, open: (options: OpenOptions = {}) => handleOver(twin, options, login, driver) }
    },
  })
}

function handleOver(
  twin: TwinWorld,
  options: OpenOptions,
  login: (connectionsMax: number) => Database,
  driver: (wires: Wires) => Driver,
): Upheld {
  const honest = twin.open({ ...options, pooler: true })
  const connections = login(options.connectionsMax ?? 4)
  const over = driver({
    login: connections,
    honest,
    async token(organizationId) {
      const rows = await honest.organization(organizationId).query("select current_setting('upheld.context') as token")
      return String(rows[0]?.['token'])
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
function bound({ login, token }: Wires, enter: (tx: Queryable, token: string) => Promise<unknown>): Driver {
  const transaction: Driver['transaction'] = async (id, work) => {
    const context = await token(id)
    return login.transaction(async tx => {
      await enter(tx, context)
      return work(async (_id, text, values) => rowsOf(await tx.query(text, values)))
    })
  }
  return { transaction, send: (id, text, values) => transaction(id, way => way(id, text, values)) }
}

const byParameter = (tx: Queryable, token: string): Promise<unknown> => tx.query('select upheld.enter($1)', [token])

/** Several statements in one text come back as a list; the application sees the last of them. */
function rowsOf(result: { readonly rows: Row[] }): Row[] {
  const answer: unknown = result.rows
  return Array.isArray(answer) ? result.rows : []
}

const dml = /^[\s(]*(select|insert|update|delete|merge|with|values)\b/i

/** Faults of a driver. Each sends real statements over real connections. */
export const drivers: readonly Sabotage[] = [
  broken('gate-off', 'the driver lets every kind of statement through', wires => {
    const open = bound(wires, byParameter)
    const through = wires.honest
    return {
      send: (id, text, values) =>
        dml.test(text) ? through.organization(id).query(text, values) : open.send(id, text, values),
      transaction: (id, work) =>
        through
          .organization(id)
          .transaction(tx =>
            work((_id, text, values) => (dml.test(text) ? tx.query(text, values) : open.send(id, text, values))),
          ),
    }
  }),
  broken(
    'several-statements-in-one-text',
    'the driver uses the simple protocol, in which one text may hold several statements',
    wires => bound(wires, byParameter),
  ),
  broken('context-in-the-text', 'the driver writes the context into the text of the statement', wires => {
    const transaction: Driver['transaction'] = async (id, work) => {
      const context = await wires.token(id)
      return wires.login.transaction(async tx => {
        await byParameter(tx, context)
        return work(async (_id, text, values) => rowsOf(await tx.query(`/* ${context} */ ${text}`, values)))
      })
    }
    return { transaction, send: (id, text, values) => transaction(id, way => way(id, text, values)) }
  }),
  broken(
    'context-of-the-session',
    'the driver sets the context for the session, and another request takes the connection in between',
    ({ login, token }) => ({
      async send(id, text, values) {
        await login.query(`set upheld.context = '${await token(id)}'`)
        return rowsOf(await login.query(text, values))
      },
      async transaction(id, work) {
        const context = await token(id)
        return login.transaction(async tx => {
          await tx.query(`set upheld.context = '${context}'`)
          return work(async (_id, text, values) => rowsOf(await tx.query(text, values)))
        })
      },
    }),
  ),
  broken(
    'context-of-an-earlier-request',
    'while requests overlap, the driver uses the context of the first for all of them',
    wires => {
      let shared: Promise<string> | undefined
      let inTheAir = 0
      return bound(
        {
          ...wires,
          token(id) {
            shared ??= wires.token(id)
            inTheAir += 1
            return shared.finally(() => {
              inTheAir -= 1
              if (inTheAir === 0) shared = undefined
            })
          },
        },
        byParameter,
      )
    },
  ),
  broken(
    'driver-logs-in-stronger',
    'the driver logs in with a role that row security does not bind',
    wires => bound(wires, byParameter),
    async twin => {
      const made = await twin.loginLike('app')
      await twin.admin.query(`alter role ${made.name} bypassrls`)
      return many => made.login(many)
    },
  ),
]
