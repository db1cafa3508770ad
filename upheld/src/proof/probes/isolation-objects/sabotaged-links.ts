import { organizationId, type OrganizationId } from '../../../core/ids.ts'
import type { LinkedObjects, Objects } from '../../../index.ts'
import type { Sabotage } from '../../claims/index.ts'
import { broken, each } from '../objects/breaking.ts'

const source = import.meta.url

type LinkOptions = Parameters<LinkedObjects['link']>[1]

/** What a link was made for. */
interface Made {
  readonly organization: OrganizationId
  readonly name: string
  readonly options: LinkOptions
  readonly token: string
}

interface Asked {
  readonly request: Request
  readonly token: string
  readonly all: Objects
  /** Every link that was made, the newest first. */
  readonly made: readonly Made[]
}

/** Answers instead of the honest door, or leaves it to that. */
type Door = (asked: Asked) => Promise<Response | undefined>

/** The honest links, answered by somebody who remembers what each was made for and takes it lightly. */
function door(
  name: string,
  says: string,
  answer: Door,
  options: (given: LinkOptions) => LinkOptions = same => same,
): Sabotage {
  return broken(source, name, says, () => {
    const made: Made[] = []
    return {
      objects: honest => ({
        ...honest,
        of(organization) {
          const own = honest.of(organization)
          return Object.freeze({
            ...own,
            async link(name: string, given: LinkOptions) {
              const link = await own.link(name, options(given))
              made.push({
                organization: own.organization,
                name,
                options: given,
                token: link.slice(honest.linkPath.length),
              })
              return link
            },
          })
        },
        async serve(request) {
          const token = new URL(request.url).pathname.slice(honest.linkPath.length)
          return (await answer({ request, token, all: honest, made: made.toReversed() })) ?? honest.serve(request)
        },
      }),
    }
  })
}

/** The same request for another link. */
async function served({ all, request }: Asked, organization: OrganizationId, name: string): Promise<Response> {
  const link = await all.of(organization).link(name, { lastsSecs: 60 })
  return all.serve(again(request, link))
}

function again(request: Request, link: string): Request {
  return new Request(new URL(link, request.url), { method: request.method, headers: request.headers })
}

/** The link that was given, when there is such a one. */
function given({ made, token }: Asked): Made | undefined {
  return made.find(one => one.token === token)
}

/** The same name in the organization that the visitor says, when it has one. */
async function elsewhere(asked: Asked, said: string | null): Promise<Response | undefined> {
  const made = given(asked)
  if (made === undefined || said === null || !/^[0-9a-f-]{36}$/.test(said)) return undefined
  const organization = organizationId(said)
  const there = await asked.all.of(organization).head(made.name)
  return there === undefined ? undefined : served(asked, organization, made.name)
}

export const linkSabotages: readonly Sabotage[] = [
  broken(source, 'expiry-ignored', 'links are good for ever', () => ({
    bend: { clock: honest => ({ ...honest, now: () => new Date(1_700_000_000_000) }) },
  })),
  broken(
    source,
    'link-without-organization',
    'a link names a file, and whoever has one of that name gives it',
    twin => ({
      objects: each((own, all) => ({
        async link(name, options) {
          const first = all.of(twin.victim)
          return (await first.head(name)) === undefined ? own.link(name, options) : first.link(name, options)
        },
      })),
    }),
  ),
  door('organization-from-the-address', 'a link takes its organization from a word in the address', asked =>
    elsewhere(asked, new URL(asked.request.url).searchParams.get('organization')),
  ),
  door('organization-from-a-header', 'a link takes its organization from a header that a proxy is to set', asked =>
    elsewhere(asked, asked.request.headers.get('x-tenant-id')),
  ),
  door('link-not-bound-to-object', 'a link opens whatever file of its organization the address names', async asked => {
    const name = new URL(asked.request.url).searchParams.get('file')
    const made = given(asked)
    if (made === undefined || name === null) return undefined
    const there = await asked.all.of(made.organization).head(name)
    return there === undefined ? undefined : served(asked, made.organization, name)
  }),
  door('signature-unchecked', 'the end of a link, where its signature stands, is not looked at', async asked => {
    const begins = asked.token.slice(0, 200)
    const made = begins.length < 200 ? undefined : asked.made.find(one => one.token.startsWith(begins))
    return made === undefined || made.token === asked.token ? undefined : served(asked, made.organization, made.name)
  }),
  door('case-ignored', 'links are compared without regard to upper and lower case', async asked => {
    const made = asked.made.find(one => one.token.toLowerCase() === asked.token.toLowerCase())
    return made === undefined || made.token === asked.token ? undefined : served(asked, made.organization, made.name)
  }),
  door(
    'link-outlives-version',
    'a link to one version opens the next one too',
    async () => undefined,
    options => ({ ...options, version: undefined }),
  ),
  door(
    'link-part-ignored',
    'a link to a part opens the whole',
    async () => undefined,
    options => ({ ...options, range: undefined }),
  ),
  door('link-deletes', 'whoever holds a link may delete its file', async asked => {
    const made = given(asked)
    if (asked.request.method !== 'DELETE' || made === undefined) return undefined
    await asked.all.of(made.organization).remove(made.name)
    return new Response(null, { status: 204 })
  }),
  broken(source, 'link-in-clear', 'a link says in clear whose file it opens', () => ({
    objects: honest => {
      const clear = each(own => ({
        async link(name, options) {
          const said = Buffer.from(JSON.stringify([own.organization, name])).toString('base64url')
          return (await own.link(name, options)).replace(honest.linkPath, `${honest.linkPath}${said}.`)
        },
      }))(honest)
      const serve: Objects['serve'] = request => {
        const { pathname } = new URL(request.url)
        return honest.serve(again(request, pathname.replace(/[^/]+\./, '')))
      }
      return { ...clear, serve }
    },
  })),
]
