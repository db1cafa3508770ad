import { randomUUID } from 'node:crypto'
import { html } from 'hono/html'
import { refuseIdentity, type OwnOrganization } from '../../../guards/identity/index.ts'
import { isStaff } from '../../../guards/support/index.ts'
import { freshText } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { current, currentCookie } from '../current.ts'
import { field, form } from '../forms.ts'
import { onward, paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Inside, Route } from '../route.ts'
import { notes, shown, statusOf, type Said } from './act.ts'
import { invitationIn } from './invitation.ts'
import { roleBadges } from './words.ts'

interface Shown extends Said {
  readonly name?: string
  readonly next?: string | undefined
}

/** For whoever just signed up and belongs nowhere this is where they land: they found an organization, or are invited. */
async function organizationsPage(visit: Inside, { name, next, ...said }: Shown): Promise<Answer> {
  const { house, token, formToken, request } = visit
  const all = await house.identity.ownOrganizations(token)
  const here = current(house, request)
  const draft = html`<input type="hidden" name="draft" value="${randomUUID()}" />`
  const fields = [
    draft,
    field({
      name: 'name',
      label: 'Its name',
      autocomplete: 'organization',
      lengthMax: 200,
      value: name,
      error: said.error,
    }),
  ]
  return {
    title: 'Organizations',
    ...statusOf(said),
    body: html`<h1>${all.length === 0 ? 'Where do you belong?' : 'Your organizations'}</h1>
      ${notes(said)} ${invitationIn(house, request) === undefined ? '' : waiting()}
      ${
        all.length === 0
          ? html`<p>
              You belong to no organization yet. Open the link of your invitation, if somebody invited you, or create
              one.
            </p>`
          : html`<ul class="rows">
              ${all.map(one => organizationRow(one, { here, formToken, next }))}
            </ul>`
      }
      <section class="stack" aria-labelledby="found">
        <h2 id="found">Create an organization</h2>
        <p class="soft">You are its owner then, and nobody else sees what is in it before you invite them.</p>
        ${form({ action: paths.organizations, fields, submit: 'Create it', formToken, next })}
      </section>`,
  }
}

function waiting(): Markup {
  return html`<p class="notice">You opened an invitation. <a href="${paths.invitation}">Look at it again</a></p>`
}

interface RowPlace {
  readonly here: string | undefined
  readonly formToken: string
  readonly next: string | undefined
}

function organizationRow({ id, name, roles, suspended }: OwnOrganization, { here, formToken, next }: RowPlace): Markup {
  const fields = html`<input type="hidden" name="id" value="${id}" />`
  const open = form({
    action: paths.chooseOrganization,
    fields,
    submit: 'Open',
    about: name,
    formToken,
    next,
    tone: id === here ? 'plain' : 'quiet',
  })
  return html`<li class="row">
    <span class="title">${name}</span>
    <span class="meta">${id === here ? 'You were here last. ' : ''}${roleBadges(roles)}</span>
    <span class="end">${suspended ? html`<span class="badge warn">suspended</span>` : open}</span>
  </li>`
}

/** Who has but one has nothing to choose. Led here with it in vain, they see the page: it does not go round in circles. */
async function arrive(visit: Inside): Promise<Answer> {
  const { house, token, request, url } = visit
  const next = url.searchParams.get('next') ?? undefined
  const [only, ...others] = (await house.identity.ownOrganizations(token)).filter(({ suspended }) => !suspended)
  if (next !== undefined && only !== undefined && others.length === 0 && current(house, request) !== only.id)
    return { redirect: onward(next, house.home), cookies: [currentCookie(house, only.id)] }
  // Whoever works for the operator belongs nowhere, and cannot create one either.
  const { personId } = await house.identity.session(token)
  if (only === undefined && (await isStaff(house.support.database, personId))) return { redirect: paths.staff }
  return organizationsPage(visit, { next })
}

export const organizationsRoutes: readonly Route[] = [
  { at: 'inside', method: 'GET', path: paths.organizations, answer: arrive },
  {
    at: 'inside',
    method: 'POST',
    path: paths.organizations,
    // What it makes is another organization, and nothing in this one.
    example: { form: { name: freshText('Probe *'), draft: freshText('*') }, changes: false },
    async answer(sent) {
      const { house, token, fields, from } = sent
      const [name, next] = [text(fields, 'name'), fields.get('next')]
      try {
        const made = await house.identity.foundOrganization(token, name, from, text(fields, 'draft'))
        return { redirect: onward(next, house.home), cookies: [currentCookie(house, made.organizationId)] }
      } catch (thrown) {
        const error = shown(thrown)
        // Sent twice: it is there, whichever of the two was first.
        if (error.code === 'identity.founded_already') return { redirect: paths.organizations }
        return organizationsPage(sent, { error, name: name.slice(0, 200), next })
      }
    },
  },
  {
    at: 'inside',
    method: 'POST',
    path: paths.chooseOrganization,
    example: { form: { id: '' }, changes: false },
    async answer(sent) {
      const { house, token, fields } = sent
      const [id, next] = [text(fields, 'id'), fields.get('next')]
      const all = await house.identity.ownOrganizations(token)
      if (id === '') return { redirect: paths.organizations }
      if (!all.some(one => one.id === id))
        return organizationsPage(sent, { error: refuseIdentity.no_organization(), next })
      return { redirect: onward(next, house.home), cookies: [currentCookie(house, id)] }
    },
  },
]
