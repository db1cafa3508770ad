import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { Markup } from '../../look/index.ts'
import { checks, choice, chosen, field, form } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route } from '../route.ts'
import { told } from '../told.ts'
import { act } from './act.ts'
import { signInTabs } from './tabs.ts'

const permission = 'organization.sign-in'
/** Before the name of each role in the form. */
const rolePrefix = 'role_'
const newPrefix = 'provision_'

/** What was typed, but for the secret. */
interface Draft {
  readonly error?: UpheldError
  readonly values?: Values
}

function connectPage({ house, entry, formToken }: Member, { error, values = new Map() }: Draft): Answer {
  const mine = house.scim.roles.filter(role => house.access.mayGrant(entry.set, [role]).allowed)
  const fields = [...clientFields(values, error), ...newcomerFields(values, mine)]
  return {
    title: 'Connect a provider',
    status: error?.status ?? 200,
    body: html`<h1>Connect a provider</h1>
      ${signInTabs(paths.signingIn)} ${told(error)}
      <p>Register this at the provider first, as the only address that it sends people back to:</p>
      <pre><code>${house.origin}${paths.ssoCallback}</code></pre>
      ${form({ action: paths.providers, fields, submit: 'Connect it', formToken })}
      <p><a href="${paths.signingIn}">Back to the providers</a></p>`,
  }
}

type Values = ReadonlyMap<string, string>

function clientFields(values: Values, error: UpheldError | undefined): readonly Markup[] {
  const typed = (name: string): string | undefined => values.get(name)?.slice(0, 500)
  return [
    field({ name: 'name', label: 'Name of the provider', autocomplete: 'off', value: typed('name'), lengthMax: 100 }),
    field({
      name: 'issuer',
      label: 'Issuer',
      autocomplete: 'off',
      value: typed('issuer'),
      hint: 'The address that the provider calls itself by, such as https://login.example.com.',
      lengthMax: 500,
      error,
    }),
    field({ name: 'client_id', label: 'Client id', autocomplete: 'off', value: typed('client_id'), lengthMax: 500 }),
    field({
      name: 'client_secret',
      label: 'Client secret',
      type: 'password',
      autocomplete: 'off',
      hint: 'Sealed here, and never shown again.',
      lengthMax: 1_000,
    }),
    choice({
      name: 'client_method',
      label: 'How the secret is sent to the provider',
      value: typed('client_method') ?? 'client_secret_basic',
      options: [
        { value: 'client_secret_basic', label: 'in a header (client_secret_basic)' },
        { value: 'client_secret_post', label: 'in the body (client_secret_post)' },
      ],
    }),
    field({
      name: 'second_factor',
      label: 'What counts as a second factor',
      autocomplete: 'off',
      value: typed('second_factor') ?? 'amr:mfa',
      hint: 'What the provider says when it asked for one, such as amr:mfa or acr:urn:example:two, with spaces between. Empty is never.',
      lengthMax: 1_000,
      optional: true,
    }),
  ]
}

/** Whoever nobody knows yet: whether they are let in, and as what. Only roles that may be given are shown. */
function newcomerFields(values: Values, roles: readonly string[]): readonly Markup[] {
  const letIn = checks({
    label: 'New people',
    prefix: newPrefix,
    values: chosen(values, newPrefix),
    options: [
      {
        value: 'yes',
        label: 'Whoever has an address in a proven domain becomes a member by signing in',
        hint: 'Otherwise only members sign in there, who linked it themselves.',
      },
    ],
  })
  if (roles.length === 0) return [letIn]
  const options = roles.map(role => ({ value: role, label: role }))
  return [letIn, checks({ label: 'What they become', prefix: rolePrefix, values: chosen(values, rolePrefix), options })]
}

export const connectRoutes: readonly Route[] = [
  { at: 'organization', permission, method: 'GET', path: paths.providers, answer: visit => connectPage(visit, {}) },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: paths.providers,
    // No probe makes a provider of its own: what it is refused for is what is looked at.
    example: {
      form: { name: 'A provider', issuer: 'https://provider.invalid', client_id: 'a', client_secret: 'twelve letters' },
      honest: false,
    },
    answer(visit) {
      const { house, entry, fields } = visit
      return act({
        work: async () => {
          assertFresh(entry.session, 'change-sign-in', house.clock.now())
          const method = text(fields, 'client_method')
          await house.sso.connections.register(entry.organization, entry.memberId, {
            name: text(fields, 'name').trim(),
            issuer: text(fields, 'issuer').trim(),
            clientId: text(fields, 'client_id').trim(),
            clientSecret: text(fields, 'client_secret'),
            clientMethod: method === 'client_secret_post' ? method : 'client_secret_basic',
            secondFactor: text(fields, 'second_factor')
              .split(/\s+/)
              .filter(one => one !== ''),
            provision: fields.has(`${newPrefix}yes`),
            roles: [...chosen(fields, rolePrefix)],
          })
        },
        onward: `${paths.signingIn}?done=connected`,
        page: paths.providers,
        again: async error => connectPage(visit, { error, values: fields }),
      })
    },
  },
]
