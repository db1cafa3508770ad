import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import { refuse } from './errors.ts'
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
  of(organization: OrganizationId): LinkedObjects
  /** Answers requests for links, whosever they are: the link says it. */
  readonly serve: (request: Request) => Promise<Response>
  /** Where links begin: what a site gives to `serve`. */
  readonly linkPath: string
}

/** @throws objects.bad_options */
export function openObjects(ports: ObjectPorts & { readonly linkKeys: LinkKeys }, given: ObjectsOptions): Objects {
  const read = objectsOptions.safeParse(given)
  if (!read.success) throw refuse.bad_options({ detail: z.prettifyError(read.error) })
  const { deployment, linkPath } = read.data
  const { vault, clock, linkKeys } = ports
  const links = { vault, clock, keys: linkKeys, deployment }
  const of = (organization: OrganizationId): OrganizationObjects => organizationObjects(ports, deployment, organization)
  return Object.freeze({
    linkPath,
    of: (organization: OrganizationId) =>
      Object.freeze({
        ...of(organization),
        async link(name: string, options: LinkOptions) {
          assertName(name)
          return `${linkPath}${await signLink(links, organization, name, options)}`
        },
      }),
    serve: (request: Request) => serveObject({ ...links, path: linkPath, of }, request),
  })
}
