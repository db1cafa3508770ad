import { html } from 'hono/html'
import type { OrganizationRules, SecondFactorRule, SupportRule } from '../../../guards/identity/index.ts'
import { refuseIdentity } from '../../../guards/identity/index.ts'
import { freshText } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { endCurrent } from '../current.ts'
import { field, form, radios } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { act, notes, shown, statusOf, withDone, type Said } from './act.ts'

interface Option<T> {
  readonly value: T
  readonly label: string
  readonly hint: string
}

const secondFactorOptions: readonly Option<SecondFactorRule>[] = [
  { value: 'privileged', label: 'Whoever may do something privileged', hint: 'Owners and administrators always.' },
  { value: 'everybody', label: 'Everybody', hint: 'Who has none yet is led to adding one, and nowhere else.' },
]
const supportOptions: readonly Option<SupportRule>[] = [
  { value: 'ask', label: 'Ask us each time', hint: 'A member approves, with a fresh proof. Nothing is open before.' },
  {
    value: 'allow',
    label: 'Let them in when two of them agree',
    hint: 'For at most two hours each time. You hear of it, and can end it.',
  },
  { value: 'never', label: 'Never', hint: 'Requests are refused. What is open already goes on until it is ended.' },
]

async function rulesPage(visit: Member, said: Said): Promise<Answer> {
  const { house, entry } = visit
  const rules = await house.identity.organizationRules(entry)
  return {
    title: 'Rules',
    ...statusOf(said),
    body: html`<h1>Rules</h1>
      ${notes(said)} ${nameSection(visit, rules, said)}
      ${ruleSection(visit, {
        id: 'second-factor',
        heading: 'Second factor',
        label: 'Who needs one to come in',
        permission: 'organization.settings',
        options: secondFactorOptions,
        value: rules.secondFactor,
      })}
      ${ruleSection(visit, {
        id: 'support',
        heading: 'Support',
        label: `Whether people of ${house.product} may look into the organization to help`,
        permission: 'organization.support',
        options: supportOptions,
        value: rules.support,
      })}
      ${leaveSection(visit)}`,
  }
}

function nameSection({ entry, formToken }: Member, { name }: OrganizationRules, { error }: Said): Markup {
  const fields = field({
    name: 'name',
    label: 'Its name',
    autocomplete: 'organization',
    value: name,
    lengthMax: 200,
    error,
  })
  return html`<section class="stack" aria-labelledby="name-of">
    <h2 id="name-of">Name</h2>
    ${
      entry.set.may('organization.settings')
        ? form({ action: `${paths.rules}/name`, fields, submit: 'Rename', formToken })
        : html`<p>${name}</p>`
    }
  </section>`
}

interface Rule {
  readonly id: 'second-factor' | 'support'
  readonly heading: string
  readonly label: string
  readonly permission: 'organization.settings' | 'organization.support'
  readonly options: readonly Option<string>[]
  readonly value: string
}

function ruleSection({ entry, formToken }: Member, rule: Rule): Markup {
  const { id, heading, label, permission, options, value } = rule
  const now = options.find(option => option.value === value)
  return html`<section class="stack" aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    ${
      entry.set.may(permission)
        ? form({
            action: `${paths.rules}/${id}`,
            fields: radios({ name: 'rule', label, options, value }),
            submit: 'Save',
            about: heading,
            formToken,
          })
        : html`<p>${label}: ${now?.label}. <span class="soft">${now?.hint}</span></p>`
    }
  </section>`
}

function leaveSection({ entry, formToken }: Member): Markup {
  return html`<section class="stack" aria-labelledby="leave">
    <h2 id="leave">Leave</h2>
    <details class="act">
      <summary>Leave ${entry.organizationName}</summary>
      <p class="soft">You see nothing of it any more. Somebody has to invite you to come back.</p>
      ${form({ action: paths.leaveOrganization, fields: [], submit: 'Leave it', formToken, tone: 'danger' })}
    </details>
  </section>`
}

/** One change of the rules, shown on their page when it is refused. */
async function change(
  sent: SentMember,
  done: Parameters<typeof withDone>[1],
  work: (given: string) => Promise<void>,
  name = 'rule',
): Promise<Answer> {
  return act({
    work: () => work(text(sent.fields, name)),
    onward: withDone(paths.rules, done),
    page: paths.rules,
    again: error => rulesPage(sent, { error }),
  })
}

/** @throws identity.bad_input for what is none of the options */
function optionOf<T extends string>(options: readonly Option<T>[], given: string): T {
  const found = options.find(({ value }) => value === given)
  if (found === undefined) throw refuseIdentity.bad_input()
  return found.value
}

export const rulesRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'GET',
    path: paths.rules,
    permission: 'member',
    answer: visit => rulesPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.rules}/name`,
    permission: 'organization.settings',
    example: { form: { name: freshText('Probe *') } },
    answer: sent => change(sent, 'renamed', name => sent.house.identity.renameOrganization(sent.entry, name), 'name'),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.rules}/second-factor`,
    permission: 'organization.settings',
    example: { form: { rule: 'everybody' } },
    answer: sent =>
      change(sent, 'rule', async given =>
        sent.house.identity.setSecondFactorRule(sent.entry, optionOf(secondFactorOptions, given)),
      ),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.rules}/support`,
    permission: 'organization.support',
    example: { form: { rule: 'never' } },
    answer: sent =>
      change(sent, 'rule', async given =>
        sent.house.identity.setSupportRule(sent.entry, optionOf(supportOptions, given)),
      ),
  },
  {
    at: 'organization',
    method: 'POST',
    path: paths.leaveOrganization,
    permission: 'member',
    works: role => role !== 'owner',
    example: { form: {} },
    async answer(sent) {
      const { house, token, entry, from } = sent
      try {
        await house.identity.leaveOrganization(token, entry.organizationId, from)
        return { redirect: paths.organizations, cookies: [endCurrent(house)] }
      } catch (thrown) {
        return rulesPage(sent, { error: shown(thrown) })
      }
    },
  },
]
