import { openDatabase } from '../../adapters/postgres/database.ts'
import type { RunningApplication } from '../../application.ts'
import { systemClock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Database } from '../../core/ports.ts'
import type { People } from '../../people.ts'
import type { Entrance, PeopleGround } from '../../proof/claims/index.ts'
import type { DeclaredRoute, Furnishing, Routes } from '../../routes.ts'
import type { Organization } from '../../upheld.ts'
import { domainOf, furnishMembers } from '../people/index.ts'

type Crawlers = Readonly<Record<'thief' | 'victim' | 'gone' | 'author', OrganizationId>>

interface Entered {
  readonly said: { readonly entrance?: Entrance; readonly people?: PeopleGround }
  close(): Promise<void>
}

/**
 * Every way in that there is: the routes of the application, and those of the pages for its people, which are there before
 * it furnishes an organization.
 */
export function entranceOf(
  application: RunningApplication,
  ground: PeopleGround | undefined,
  identityUrl: string,
  crawlers: Crawlers,
): Entered {
  const routes = application.routes === undefined ? undefined : ownRoutes(application.routes)
  const people = ground === undefined ? {} : { people: ground }
  if (routes === undefined) return { said: people, close: async () => undefined }
  if (ground === undefined) return { said: { entrance: { routes, ...crawlers } }, close: async () => undefined }
  let opened: { readonly people: People; readonly database: Database } | undefined
  const open = (): { readonly people: People; readonly database: Database } => {
    opened ??= {
      people: ground.open(),
      database: openDatabase(identityUrl, { connectionsMax: 2, name: 'upheld-furnish' }),
    }
    return opened
  }
  const furnish = async (organization: Organization, mark: string): Promise<Furnishing> => {
    await ground.clear(organization.id)
    await ground.clearPersons(domainOf(organization.id))
    const ports = open()
    const { members, furnishing } = await furnishMembers({ ...ports, clock: systemClock }, organization.id, mark)
    const own = await routes.furnish(organization, mark, { people: ports.people, members, furnishing })
    return {
      ids: { ...furnishing.ids, ...own.ids },
      secrets: { ...furnishing.secrets, ...own.secrets },
      roles: { ...furnishing.roles, ...own.roles },
      ...(furnishing.operator === undefined ? {} : { operator: furnishing.operator }),
    }
  }
  const all: Routes = {
    get declared() {
      return [...open().people.site.routes, ...routes.declared]
    },
    furnish,
  }
  return {
    said: { ...people, entrance: { routes: all, ...crawlers } },
    async close() {
      await opened?.people.close()
      await opened?.database.close()
    },
  }
}

/** What an application calls a page of the house is none: it is attacked like every other one of its own. */
function ownRoutes(routes: Routes): Routes {
  return {
    get declared() {
      return routes.declared.map(asItsOwn)
    },
    furnish: (organization, mark, people) => routes.furnish(organization, mark, people),
  }
}

function asItsOwn(route: DeclaredRoute): DeclaredRoute {
  const { house, ...own } = route
  return house === undefined ? route : own
}
