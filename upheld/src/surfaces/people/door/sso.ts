import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import { organizationId, type OrganizationId } from '../../../core/ids.ts'
import type { Connection } from '../../../guards/sso/index.ts'
import type { Markup } from '../../look/index.ts'
import { refuse } from '../errors.ts'
import { field, form } from '../forms.ts'
import { onward, paths } from '../paths.ts'
import type { House } from '../ports.ts'
import { text } from '../reading.ts'
import type { Answer, Route } from '../route.ts'
import { told } from '../told.ts'

interface Shown {
  readonly error?: UpheldError
  readonly email?: string
  readonly next?: string | undefined
}

/** One provider of one organization, as a way to go on. */
interface Door {
  readonly organization: OrganizationId
  readonly connection: Connection
}

/** What is known of the way on. */
interface Onward {
  readonly next?: string | undefined
  /** They are signed in, and prove once more who they are. */
  readonly again?: boolean
  readonly failed?: boolean
}

/** Asked is the address; what is looked at is its domain alone, so that nothing is learned of who has an address. */
function askPage({ product }: House, { error, email, next }: Shown): Answer {
  const fields = field({
    name: 'email',
    label: 'Your address at work',
    type: 'email',
    autocomplete: 'email',
    value: email,
    hint: 'Only what stands behind the @ is looked at.',
    lengthMax: 254,
    error,
  })
  return {
    title: 'Sign in at your organization',
    status: error?.status ?? 200,
    body: html`<h1>Sign in to ${product} at your organization</h1>
      ${told(error)} ${form({ action: paths.sso, fields, submit: 'Go on', next })}
      <p><a href="${paths.signIn}">Sign in with a password or a passkey</a></p>`,
  }
}

/** A link and no form: the way leads to somebody else's site, where no form of ours may lead. */
function doorsPage(
  { product }: House,
  doors: readonly Door[],
  { next, again = false, failed = false }: Onward,
): Answer {
  return {
    title: 'Sign in at your organization',
    status: failed ? 502 : 200,
    body: html`<h1>${again ? 'Is it you?' : html`Sign in to ${product} at your organization`}</h1>
      ${again ? html`<p>What comes next is sensitive. Your provider asks you once more.</p>` : ''}
      ${told(failed ? refuse.provider_silent() : undefined)} ${doors.map(one => doorLink(one, next, again))}
      <p><a href="${paths.signIn}">Sign in with a password or a passkey</a></p>`,
  }
}

function doorLink({ organization, connection }: Door, next: string | undefined, again: boolean): Markup {
  const query = new URLSearchParams({
    organization,
    connection: connection.id,
    ...(next === undefined ? {} : { next }),
    ...(again ? { again: '1' } : {}),
  })
  return html`<div class="field">
    <p><a class="button" rel="nofollow" href="${paths.ssoGo}?${query.toString()}">${connection.name}</a></p>
    <p class="hint">It leads to ${new URL(connection.issuer).host}</p>
  </div>`
}

async function doorsOf({ sso, members }: House, organization: OrganizationId): Promise<readonly Door[]> {
  const connections = await sso.connections.list(members.organization(organization))
  return connections
    .filter(({ disabledAt }) => disabledAt === undefined)
    .map(connection => ({ organization, connection }))
}

/** None for an organization that is none, as for one without a provider. */
async function doorsTo(house: House, named: string): Promise<readonly Door[]> {
  try {
    return await doorsOf(house, organizationId(named))
  } catch {
    return []
  }
}

function nextOf(house: House, given: string | null | undefined): string | undefined {
  const next = onward(given ?? undefined, house.home)
  return next === house.home ? undefined : next
}

export const ssoRoutes: readonly Route[] = [
  {
    at: 'door',
    method: 'GET',
    path: paths.sso,
    async answer({ house, url: { searchParams: query } }) {
      const [named, next] = [query.get('organization'), nextOf(house, query.get('next'))]
      if (named === null) return askPage(house, { next })
      const doors = await doorsTo(house, named)
      if (doors.length === 0) return askPage(house, { error: refuse.no_provider(), next })
      return doorsPage(house, doors, { next, again: query.get('again') === '1', failed: query.has('failed') })
    },
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.sso,
    example: { form: { email: 'somebody@example.com' } },
    async answer({ house, fields }) {
      const [email, next] = [text(fields, 'email').trim(), nextOf(house, fields.get('next'))]
      const organizations = await house.sso.homesOf(email)
      const doors = (await Promise.all(organizations.map(one => doorsOf(house, one)))).flat()
      if (doors.length === 0) return askPage(house, { error: refuse.no_provider(), email: email.slice(0, 254), next })
      return doorsPage(house, doors, { next })
    },
  },
]
