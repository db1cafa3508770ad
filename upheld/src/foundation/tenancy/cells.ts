import { organizationId, type OrganizationId } from '../../core/ids.ts'
import { parseActor, supportOf, type Actor } from './actor.ts'
import { refuse } from './errors.ts'
import type { ContextKeys } from './keys.ts'
import type { Answer, RowShape, TransactionMode } from './ports.ts'
import type { Organization, Place, Statements, Tenancy, TransactionStatements } from './tenancy.ts'

/** Four hex digits: they stand in every context that is signed for this cell. */
export type CellName = string

/** Places that are remembered; a place is final, so none of them grows old. */
const rememberedMax = 100_000

/**
 * Many cells as one: each organization lives in one of them, whole, and the home database says in which. The home may
 * hold organizations of its own. An organization asks for its own place under its own context: no statement of the
 * application can look up another's.
 */
export function cells(home: Tenancy, others: ReadonlyMap<CellName, Tenancy>): Tenancy {
  const places = new Map<OrganizationId, Tenancy>()

  const tenancyOf = (cell: string | null | undefined): Tenancy => {
    if (cell === undefined || cell === null) throw refuse.not_placed()
    const found = cell === '' ? home : others.get(cell)
    if (found === undefined) throw refuse.no_cell({ detail: cell })
    return found
  }

  const lookUp = async (id: OrganizationId): Promise<Tenancy> => {
    const known = places.get(id)
    if (known !== undefined) return known
    const [row] = await home.organization(id).sql<{ cell: string | null }>`select upheld.cell() as cell`
    const found = tenancyOf(row?.cell)
    if (places.size >= rememberedMax) places.clear()
    places.set(id, found)
    return found
  }

  const organization = (id: OrganizationId, actor?: Actor): Organization => {
    const inItsCell = async (): Promise<Organization> => {
      const found = (await lookUp(id)).organization(id)
      return actor === undefined ? found : found.as(actor)
    }
    async function sql<R extends object>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]> {
      return (await inItsCell()).sql<R>(text, ...values)
    }
    async function answer<R>(text: string, values?: readonly unknown[], shape?: RowShape): Promise<Answer<R>> {
      return (await inItsCell()).answer<R>(text, values, shape)
    }
    async function* stream<R>(...asked: Parameters<Statements['stream']>): AsyncGenerator<R[]> {
      yield* (await inItsCell()).stream<R>(...asked)
    }
    return Object.freeze({
      id,
      ...(actor === undefined ? {} : supportOf(actor)),
      as: (other: Actor) => organization(id, parseActor(other)),
      open: async <T>(rows: T) => (await inItsCell()).open(rows),
      sql,
      query: async (text: string, values?: readonly unknown[]) => (await inItsCell()).query(text, values),
      answer,
      stream,
      transaction: async <T>(work: (tx: TransactionStatements) => Promise<T>, mode?: TransactionMode) =>
        (await inItsCell()).transaction(work, mode),
    } satisfies Organization)
  }

  return Object.freeze({
    organization: (id: string) => organization(organizationId(id)),
    async createOrganization(place: Place = {}) {
      // First its place, then its cell: killed in between it is an organization that nobody was told of.
      const target = tenancyOf(place.cell ?? '')
      const { id } = await home.createOrganization(place)
      if (target !== home) await target.createOrganization({ id })
      return organization(id)
    },
    async unsafeAcrossOrganizations(options, work) {
      for (const one of [home, ...others.values()]) await one.unsafeAcrossOrganizations(options, work)
    },
    async close() {
      await Promise.all([home, ...others.values()].map(one => one.close()))
    },
  } satisfies Tenancy)
}

/** Keys that are refused when they were made for another cell than the one that they are used for. */
export function cellKeys(cell: CellName, keys: ContextKeys): ContextKeys {
  return Object.freeze({
    current() {
      const key = keys.current()
      if (key.cell !== cell) throw refuse.wrong_cell_key({ detail: `It is for ${key.cell}, and this is ${cell}.` })
      return key
    },
  })
}
