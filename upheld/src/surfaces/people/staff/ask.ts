import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import { askForSupport, reachForGlass, type Asked } from '../../../guards/support/index.ts'
import type { Markup } from '../../look/index.ts'
import { refuse } from '../errors.ts'
import { checks, chosen, field, form, radios } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Route, SentStaff, Staff } from '../route.ts'
import { refused, told } from '../told.ts'
import { freshFirst, pathOf } from './facts.ts'

type Kind = 'ask' | 'glass'

interface Draft {
  readonly error?: UpheldError
  readonly fields?: ReadonlyMap<string, string>
}

const ways = {
  ask: {
    path: `${paths.staff}/ask`,
    title: 'Ask for access',
    submit: 'Ask for it',
    says: 'A colleague agrees first, then the organization is asked, unless it said beforehand what holds. Nothing is open until then.',
  },
  glass: {
    path: `${paths.staff}/glass`,
    title: 'Break the glass',
    submit: 'Reach for the glass',
    says: 'For an emergency, without consent. A colleague puts a passkey of their own to it within a quarter of an hour. The owners are told at once, somebody else reviews it within 72 hours, and the public page counts it.',
  },
} as const

/** Whoever is asked for a proof is asked before the form is filled in, not after. */
function askPage(visit: Staff, kind: Kind, { error, fields = new Map() }: Draft = {}): Answer {
  const { path, title, submit, says } = ways[kind]
  const led = error === undefined ? freshFirst(visit, path, kind === 'glass' ? 'passkey' : undefined) : undefined
  const missing = led !== undefined && (kind === 'ask' || visit.present.methods.includes('passkey'))
  if (missing) return led
  return {
    title,
    status: error?.status ?? 200,
    body: html`<p><a href="${paths.staff}">Support of customers</a></p>
      <h1>${title}</h1>
      <p>${says}</p>
      ${
        led === undefined
          ? ''
          : html`<p class="notice bad">
              This needs a passkey. <a href="${paths.confirm}?next=${encodeURIComponent(path)}">Prove it with one</a>,
              or <a href="${paths.account}">add one to your account</a> first.
            </p>`
      }
      ${told(error)}
      ${form({ action: path, fields: askFields(visit, fields), submit, formToken: visit.formToken, tone: kind === 'glass' ? 'danger' : 'plain' })}`,
  }
}

function askFields({ house, url }: Staff, fields: ReadonlyMap<string, string>): readonly Markup[] {
  const { access, support } = house
  const of = (name: string): string | undefined => fields.get(name)
  const options = [...support.grantable].map(name => {
    const rule = access.permissions[name]
    return {
      value: name,
      label: rule?.says ?? name,
      hint: rule?.staff === 'write' ? `${name}, when changing is granted` : name,
    }
  })
  return [
    field({
      name: 'organization',
      label: 'Organization',
      autocomplete: 'off',
      value: of('organization') ?? url.searchParams.get('organization') ?? '',
      hint: 'Its identifier, as the customer sees it.',
      lengthMax: 36,
    }),
    field({ name: 'case', label: 'Case', autocomplete: 'off', value: of('case'), lengthMax: 100 }),
    html`<div class="field">
      <label for="reason">Why</label>
      <textarea id="reason" name="reason" maxlength="1000" required aria-describedby="reason-hint">
${of('reason') ?? ''}</textarea>
      <p class="hint" id="reason-hint">The customer reads this.</p>
    </div>`,
    checks({ label: 'What is needed', prefix: 'may_', options, values: chosen(fields, 'may_') }),
    radios({
      name: 'writes',
      label: 'How',
      options: [
        { value: 'no', label: 'To read' },
        { value: 'yes', label: 'To read and to change' },
      ],
      value: of('writes') ?? 'no',
    }),
    field({
      name: 'minutes',
      label: 'For how many minutes',
      autocomplete: 'off',
      value: of('minutes') ?? '30',
      numeric: true,
      hint: '120 at most. There is no extension: more is asked for anew.',
      lengthMax: 3,
    }),
  ]
}

function askedIn(fields: ReadonlyMap<string, string>): Asked {
  const minutes = text(fields, 'minutes')
  return {
    caseId: text(fields, 'case'),
    reason: text(fields, 'reason').replaceAll('\r\n', '\n'),
    permissions: [...chosen(fields, 'may_')],
    writes: text(fields, 'writes') === 'yes',
    minutes: /^\d{1,3}$/.test(minutes) ? Number(minutes) : 0,
  }
}

async function asked(sent: SentStaff, kind: Kind): Promise<Answer> {
  const { house, present, fields } = sent
  const organization = text(fields, 'organization').trim().toLowerCase()
  try {
    const given = askedIn(fields)
    if (given.permissions.length === 0) throw refuse.nothing_chosen()
    const work = kind === 'ask' ? askForSupport : reachForGlass
    const { id } = await work(house.support, present, organization, given)
    return { redirect: pathOf(id) }
  } catch (thrown) {
    return askPage(sent, kind, { error: refused(thrown), fields })
  }
}

const form_ = {
  organization: '',
  case: 'CASE-1',
  reason: 'The customer asked for help.',
  writes: 'no',
  minutes: '10',
}

export const askRoutes: readonly Route[] = [
  { at: 'staff', method: 'GET', path: ways.ask.path, answer: visit => askPage(visit, 'ask') },
  { at: 'staff', method: 'POST', path: ways.ask.path, example: { form: form_ }, answer: sent => asked(sent, 'ask') },
  { at: 'staff', method: 'GET', path: ways.glass.path, answer: visit => askPage(visit, 'glass') },
  {
    at: 'staff',
    method: 'POST',
    path: ways.glass.path,
    example: { form: form_ },
    answer: sent => asked(sent, 'glass'),
  },
]
