import { html } from 'hono/html'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { ListedDomain } from '../../../guards/domains/index.ts'
import type { Markup } from '../../look/index.ts'
import { field, form, moment } from '../forms.ts'
import { idOf } from '../../../routes.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { act, notes, statusOf, type Said } from './act.ts'
import { signInTabs } from './tabs.ts'

const permission = 'organization.sign-in'
const provePath = `${paths.domains}/prove` as const
const removePath = `${paths.domains}/remove` as const

interface Shown extends Said {
  readonly domain?: string
}

async function domainsPage({ house, entry, formToken }: Member, { domain, ...said }: Shown): Promise<Answer> {
  const domains = await house.domains.list(entry.organization)
  const added = field({
    name: 'domain',
    label: 'Domain of your addresses',
    autocomplete: 'off',
    value: domain,
    hint: 'What stands behind the @, such as example.com.',
    lengthMax: 253,
    error: said.error,
  })
  return {
    title: 'Domains',
    ...statusOf(said),
    body: html`<h1>Domains</h1>
      ${signInTabs(paths.domains)} ${notes(said)}
      <p>
        Whose address ends in a domain that you proved is led to your provider, and can be made a member by it or by
        your directory. A proof counts for 90 days.
      </p>
      ${
        domains.length === 0
          ? html`<p class="empty">There is no domain yet.</p>`
          : domains.map((one, at) => domainSection(one, at, formToken))
      }
      ${form({ action: paths.domains, fields: added, submit: 'Add the domain', formToken })}`,
  }
}

function domainSection({ domain, challenge, proven }: ListedDomain, at: number, formToken: string): Markup {
  const fields = html`<input type="hidden" name="domain" value="${domain}" />`
  const record = html`<pre><code>${challenge.name}
${challenge.type}
${challenge.value}</code></pre>`
  return html`<section class="stack" aria-labelledby="domain-${at}">
    <h2 id="domain-${at}">${domain}</h2>
    ${
      proven === undefined
        ? html`<p><span class="badge warn">not proven</span> Add this record to your DNS, then prove it:</p>
            ${record}`
        : html`<p>
              <span class="badge good">proven</span> ${moment(proven.at)}, which counts until ${moment(proven.until)}
            </p>
            <details>
              <summary>Its record</summary>
              ${record}
            </details>`
    }
    <div class="actions">
      ${form({
        action: provePath,
        fields,
        submit: proven === undefined ? 'Prove it' : 'Prove it again',
        about: domain,
        formToken,
        tone: 'quiet',
      })}
      ${form({ action: removePath, fields, submit: 'Remove', about: domain, formToken, tone: 'danger' })}
    </div>
  </section>`
}

function sent(visit: SentMember, done: string, work: (domain: string) => Promise<unknown>): Promise<Answer> {
  const domain = text(visit.fields, 'domain').trim().toLowerCase()
  return act({
    work: async () => {
      assertFresh(visit.entry.session, 'change-sign-in', visit.house.clock.now())
      await work(domain)
    },
    onward: `${paths.domains}?done=${done}`,
    page: paths.domains,
    again: error => domainsPage(visit, { error, ...(done === 'domain-added' ? { domain: domain.slice(0, 253) } : {}) }),
  })
}

export const domainRoutes: readonly Route[] = [
  {
    at: 'organization',
    permission,
    method: 'GET',
    path: paths.domains,
    answer: visit => domainsPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: paths.domains,
    example: { form: { domain: 'mail.example.com' } },
    answer: visit =>
      sent(visit, 'domain-added', domain =>
        visit.house.domains.add(visit.entry.organization, visit.entry.memberId, domain),
      ),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: provePath,
    example: { form: { domain: idOf('domain') }, honest: false },
    answer: visit =>
      sent(visit, 'proven', domain =>
        visit.house.domains.prove(visit.entry.organization, visit.entry.memberId, domain),
      ),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: removePath,
    example: { form: { domain: idOf('domain') } },
    answer: visit =>
      sent(visit, 'domain-removed', domain =>
        visit.house.domains.remove(visit.entry.organization, visit.entry.memberId, domain),
      ),
  },
]
