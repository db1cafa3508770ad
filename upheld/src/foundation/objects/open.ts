import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import { refuse } from './errors.ts'
import { attended, type Guest, type GuestBook } from './guests.ts'
import { signLink, type LinkOptions } from './links.ts'
import { assertName } from './names.ts'
import { organizationObjects, type ObjectPorts, type OrganizationObjects } from './objects.ts'
import type { LinkKeys } from './ports.ts'
import { serveObject } from './serve.ts'

const objectsOptions = z.strictObject({
  /** The same words as the vault's: an object of one deployment is refused in another, though all keys were the same. */
  deployment: z.string().min(1).max(200),
  /** Where links begin. */
  linkPath: z
    .string()
    .regex(/^\/([\w.~-]+\/)+$/, 'a path that begins and ends with a slash')
    .default('/objects/'),
})

export type ObjectsOptions = z.input<typeof objectsOptions>

/** The objects of one organization, with links to them. */
export interface LinkedObjects extends OrganizationObjects {
  /**
   * The path of a link that opens this object to whoever holds it, for so long. Whether there is such an object is seen
   * when it is opened.
   * @throws objects.bad_link, objects.bad_name
   */
  link(name: string, options: LinkOptions): Promise<string>
}

export interface Objects {
  /** For a guest: what they do is told before it is done, and their links end with what lets them in. @throws objects.no_guests */
  of(organization: OrganizationId, guest?: Guest): LinkedObjects
  /** Answers requests for links, whosever they are: the link says it. */
  readonly serve: (request: Request) => Promise<Response>
  /** Where links begin: what a site gives to `serve`. */
  readonly linkPath: string
}

/** @throws objects.bad_options */
export function openObjects(
  ports: ObjectPorts & { readonly linkKeys: LinkKeys; readonly guests?: GuestBook },
  given: ObjectsOptions,
): Objects {
  const read = objectsOptions.safeParse(given)
  if (!read.success) throw refuse.bad_options({ detail: z.prettifyError(read.error) })
  const { deployment, linkPath } = read.data
  const { vault, clock, linkKeys, guests } = ports
  const links = { vault, clock, keys: linkKeys, deployment }
  const of = (organization: OrganizationId): OrganizationObjects => organizationObjects(ports, deployment, organization)
  return Object.freeze({
    linkPath,
    of(organization: OrganizationId, guest?: Guest) {
      if (guest !== undefined && guests === undefined) throw refuse.no_guests()
      const own = of(organization)
      const seen = guest === undefined || guests === undefined ? own : attended(own, guest, { guests, clock })
      return Object.freeze({
        ...seen,
        async link(name: string, options: LinkOptions) {
          assertName(name)
          return `${linkPath}${await signLink(links, organization, name, options, guest)}`
        },
      })
    },
    serve: (request: Request) => serveObject({ ...links, path: linkPath, of, guests }, request),
  })
}
