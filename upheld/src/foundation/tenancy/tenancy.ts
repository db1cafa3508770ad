import type { Clock } from '../../core/clock.ts'
import { newOrganizationId, organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Address, Row } from '../../core/ports.ts'
import { application, noteOf, parseActor, supportOf, type Actor, type Note, type Support } from './actor.ts'
import { sealedColumns } from './columns.ts'
import { refuse } from './errors.ts'
import type { ContextKeys } from './keys.ts'
import type { TenancyOptions } from './options.ts'
import type { Answer, Binding, BoundConnections, RowShape, Sealing, Statement, TransactionMode } from './ports.ts'
import { statementsOver, transactionOver, type Seals } from './runner.ts'
import { withSeals } from './sealed.ts'
import { statements } from './statement.ts'
import { contextMinter, nobody } from './token.ts'
import { turns } from './turns.ts'
import { supportLine, type SupportPorts } from './support.ts'
import { mayHoldSealed, unseal, withSealed, type Unsealed } from './unsealed.ts'

/** One statement with its values bound, never spliced into its text. `R` is what the caller knows of the rows. */
export interface Sql {
  <R extends object = Row>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]>
}

export interface Statements {
  /** One statement, one round trip. */
  readonly sql: Sql
  /** The same for a text made elsewhere, with `$1` for its values. */
  query(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** The same with all that Postgres said: columns, command, count. What query builders stand on. */
  answer<R = Row>(text: string, values?: readonly unknown[], shape?: RowShape): Promise<Answer<R>>
  /**
   * Rows in parts of at most `rowsMax` (1 to 100,000), for answers larger than memory. One transaction, one snapshot; a
   * fresh context with each part, so that it may last longer than a context does. Whoever stops early frees everything.
   */
  stream<R = Row>(
    text: string,
    values?: readonly unknown[],
    options?: { readonly rowsMax?: number; readonly shape?: RowShape },
  ): AsyncGenerator<R[]>
}

/** Statements of one open transaction, and points in it to which one can go back. */
export interface TransactionStatements extends Statements {
  savepoint(name: string): Promise<void>
  release(name: string): Promise<void>
  rollbackTo(name: string): Promise<void>
}

/** Rows of one organization, and of no other: the database refuses everything else. */
export interface Organization extends Statements {
  readonly id: OrganizationId
  /** There when somebody of the operator holds this handle, under a grant of the organization. */
  readonly support?: Support
  /** The same organization for somebody: signed into every context, and so into every entry of the audit log. */
  as(actor: Actor): Organization
  /**
   * Opens a sealed value, a row with some, or rows, at most 1,000 values. That it was opened stands in the audit log
   * before anything is given. It waits for no other statement, so it may be called inside a transaction.
   * @throws tenancy.may_not_open, row_unknown, no_vault, and what the vault throws
   */
  open<T>(rows: T): Promise<Unsealed<T>>
  /** Commits when `work` resolves, rolls back when it throws. Its statements cost n + 1 round trips for n of them. */
  transaction<T>(work: (tx: TransactionStatements) => Promise<T>, mode?: TransactionMode): Promise<T>
}

/** Where a new organization is to live, when there are several cells. */
export interface Place {
  /** One that was made already: it gets its place in this database. */
  readonly id?: OrganizationId
  /** Four hex digits. The rows are there, and this database only remembers the place. */
  readonly cell?: string
}

export interface Tenancy {
  /** @throws core.bad_organization_id */
  organization(id: string): Organization
  createOrganization(place?: Place): Promise<Organization>
  /** Visits every organization, one by one, each with a context of its own. Recorded with its reason. */
  unsafeAcrossOrganizations(
    options: { readonly reason: string },
    work: (organization: Organization) => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

/** What the wiring holds beside the handle. */
interface TenancyWithAside extends Tenancy {
  /**
   * Statements of one organization that commit by themselves, and wait for no other statement of it; those of staff go over
   * its own login. @throws tenancy.no_staff_login
   */
  aside(id: OrganizationId, actor?: Actor): Statements
}

interface TenancyPorts extends SupportPorts {
  readonly connections: BoundConnections
  /** For what must not wait for a statement of the same request, nor share its transaction. */
  readonly aside?: BoundConnections
  readonly keys: ContextKeys
  readonly clock: Clock
  readonly sealing?: Sealing
  /** Writes down what is about to be opened, through these statements, which commit by themselves. */
  readonly recordOpening?: (statements: Statements, addresses: readonly Address[]) => Promise<void>
}

/** The handle of the application. Nothing under an organization takes an organization's id. */
export function tenancy(ports: TenancyPorts, options: TenancyOptions): TenancyWithAside {
  const { connections } = ports
  const mint = contextMinter(ports.keys, ports.clock, options.contextTtlSecs)
  const own = turns(connections, options)
  const lines = { own, staff: ports.staff === undefined ? undefined : turns(ports.staff, options) }
  const known = statements()

  const aside = ports.aside ?? connections
  const columns = sealedColumns(ports.clock)

  const bindingOf = (id: OrganizationId | typeof nobody, note: Note, grant?: string): Binding => ({
    token: backendPid => mint(id, backendPid, note, grant),
  })
  const nobodyBinding = bindingOf(nobody, noteOf(application))

  const asideOf = (binding: Binding, from = aside): Statements => asideOver(known, from, binding)

  const sealsOf = (id: OrganizationId, beside: Statements): Seals => ({
    values: values => withSeals(values, id, ports.sealing),
    answer: answer =>
      mayHoldSealed(answer.fields)
        ? columns.of(answer.fields, beside).then(found => withSealed(answer, found))
        : answer,
  })

  const organization = (id: OrganizationId, actor: Actor): Organization => {
    const binding = bindingOf(id, noteOf(actor), actor.grant?.id)
    const staff = actor.type === 'staff' && ports.staff !== undefined ? ports.staff : aside
    const beside = asideOf(binding, staff)
    const line = actor.type === 'staff' ? supportLine(ports, lines, actor, one => asideOf(binding, one)) : own
    const seals = sealsOf(id, beside)
    return Object.freeze({
      id,
      ...supportOf(actor),
      ...statementsOver(
        known,
        {
          run: statement => line.run(id, binding, statement),
          stream: (statement, rowsMax) => line.stream(id, binding, statement, rowsMax),
        },
        seals,
      ),
      as: other => organization(id, parseActor(other)),
      open: rows =>
        unseal(rows, {
          organization: id,
          actor,
          sealing: ports.sealing,
          record: async addresses => ports.recordOpening?.(beside, addresses),
        }),
      transaction: (work, mode) => line.transaction(id, binding, tx => work(transactionOver(known, tx, seals)), mode),
    } satisfies Organization)
  }

  return Object.freeze({
    aside(id: OrganizationId, actor: Actor = application) {
      const from = actor.type === 'staff' ? ports.staff : aside
      if (from === undefined) throw refuse.no_staff_login()
      return asideOf(bindingOf(id, noteOf(actor), actor.grant?.id), from)
    },
    ...directory(asideOf(nobodyBinding), id => organization(id, application)),
    async close() {
      const open = [connections, ports.aside, ports.staff].filter(one => one !== undefined)
      await Promise.all(open.map(one => one.close()))
    },
  } satisfies TenancyWithAside)
}

/** Statements that commit by themselves, at once. Their own answers hold nothing sealed. */
function asideOver(known: ReturnType<typeof statements>, connections: BoundConnections, binding: Binding): Statements {
  const way = {
    run: (statement: Statement) => connections.run(binding, statement),
    stream: (statement: Statement, rowsMax: number) => connections.stream(binding, statement, rowsMax),
  }
  return statementsOver(known, way, {
    values: values => withSeals(values, undefined, undefined),
    answer: answer => answer,
  })
}

/** Which organizations there are, and how one more comes to be: asked under nobody's context. */
function directory(outside: Statements, handle: (id: OrganizationId) => Organization): Omit<Tenancy, 'close'> {
  return {
    organization: id => handle(organizationId(id)),
    async createOrganization({ id = newOrganizationId(), cell } = {}) {
      if (cell === undefined) await outside.sql`select upheld.admit_organization(${id})`
      else await outside.sql`select upheld.place_organization(${id}, ${cell})`
      return handle(id)
    },
    async unsafeAcrossOrganizations({ reason }, work) {
      if (reason.length < 8 || reason.length > 500) throw refuse.bad_reason()
      const rows = await outside.sql<{ id: string }>`select upheld.cross_organizations(${reason}) as id`
      for (const { id } of rows) await work(handle(organizationId(id)))
    },
  }
}
