import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { endTicket } from '../door/ticket.ts'
import { field, form, moment } from '../forms.ts'
import { endInvitation } from '../organization/invitation.ts'
import { passkeyForm, passkeyName } from '../passkeys/passkey-form.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Inside, Route, SentInside } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'

type Facts = Awaited<ReturnType<typeof factsOf>>

/** What a person sees of their own account, in one look. */
async function factsOf({ house, token }: Inside) {
  const { identity } = house
  const person = await identity.person(token)
  const [sessions, events, factors] = await Promise.all([
    identity.listSessions(token),
    identity.events(token),
    house.factors.of(person.id),
  ])
  return { person, sessions, events, factors }
}

async function accountPage(visit: Inside): Promise<Answer> {
  const facts = await factsOf(visit)
  return {
    title: 'Your account',
    body: html`<h1>${facts.person.name}</h1>
      ${signingIn(facts, visit)} ${sessionList(facts, visit)} ${recent(facts)}`,
  }
}

function signingIn({ person, factors }: Facts, { formToken }: Inside): Markup {
  const { totp, passkeys, recovery } = factors
  return html`<section class="stack" aria-labelledby="ways">
    <h2 id="ways">How you sign in</h2>
    <dl class="facts">
      <div>
        <dt>Address</dt>
        <dd><span>${person.email}</span> <a href="${paths.email}">Change it</a></dd>
      </div>
      <div>
        <dt>Password</dt>
        <dd>
          ${person.hasPassword ? html`set <a href="${paths.password}">Change it</a>` : html`none <a href="${paths.forgot}">Set one by mail</a>`}
        </dd>
      </div>
      <div>
        <dt>App with codes</dt>
        <dd>
          ${
            totp === undefined
              ? html`none <a href="${paths.totp}">Add one</a>`
              : html`<span>since ${moment(totp.addedAt)}</span>
                  <a href="${paths.totp}">Replace it</a>
                  ${form({ action: paths.totpRemove, fields: [], submit: 'Remove it', formToken, tone: 'danger' })}`
          }
        </dd>
      </div>
      <div>
        <dt>Passkeys</dt>
        <dd>
          ${passkeys.length === 0 ? 'none' : passkeys.map(passkey => passkeyLine(passkey, formToken))}
          ${passkeyForm({
            action: paths.addPasskey,
            options: paths.addPasskeyOptions,
            act: 'create',
            submit: 'Add a passkey',
            formToken,
            fields: passkeyName,
          })}
        </dd>
      </div>
      <div>
        <dt>Recovery codes</dt>
        <dd>
          ${recovery === undefined ? 'none' : `${recovery.left} left`}${
            factors.second
              ? html` ${form({ action: paths.recovery, fields: [], submit: 'Make new ones', formToken, tone: 'quiet' })}`
              : ''
          }
        </dd>
      </div>
    </dl>
  </section>`
}

function passkeyLine({ id, name }: Facts['factors']['passkeys'][number], formToken: string): Markup {
  const fields = html`<input type="hidden" name="id" value="${id}" />`
  return html`<span>${name}</span>
    ${form({ action: paths.removePasskey, fields, submit: 'Remove', about: name, formToken, tone: 'danger' })}`
}

function sessionList({ sessions }: Facts, { formToken }: Inside): Markup {
  return html`<section class="stack" aria-labelledby="sessions">
    <h2 id="sessions">Where you are signed in</h2>
    <ul class="rows">
      ${sessions.map(
        ({ id, label, network, seenAt, current }) =>
          html`<li class="row">
            <span class="title">${label}${current ? ' (here)' : ''}</span>
            <span class="meta">from ${network}, last seen ${moment(seenAt)}</span>
            <span class="end">
              ${
                current
                  ? ''
                  : form({
                      action: paths.endSession,
                      fields: html`<input type="hidden" name="id" value="${id}" />`,
                      submit: 'Sign out there',
                      about: label,
                      formToken,
                      tone: 'quiet',
                    })
              }
            </span>
          </li>`,
      )}
    </ul>
    ${
      sessions.length > 1
        ? form({ action: paths.endOthers, fields: [], submit: 'Sign out everywhere else', formToken, tone: 'danger' })
        : ''
    }
  </section>`
}

function recent({ events }: Facts): Markup {
  return html`<section class="stack" aria-labelledby="recent">
    <h2 id="recent">What happened lately</h2>
    <ul class="rows">
      ${events
        .slice(0, 20)
        .map(
          ({ at, action, network }) =>
            html`<li class="row">
              <span class="title">${words(action)}</span><span class="meta">${moment(at)}, from ${network}</span>
            </li>`,
        )}
    </ul>
  </section>`
}

const happened: Readonly<Record<string, string>> = Object.freeze({
  'account.begun': 'Your account was opened',
  'account.disabled': 'Your account was closed',
  'session.begun': 'You signed in',
  'session.renewed': 'You proved again who you are',
  'session.ended': 'A session was ended',
  'session.others-ended': 'All other sessions were ended',
  'sign-in.refused': 'Somebody tried to sign in, in vain',
  'password.changed': 'Your password was changed',
  'password.reset': 'Your password was set by mail',
  'factor.changed': 'A second factor was changed',
  'email.change-asked': 'Another address was asked for',
  'email.changed': 'Your address was changed',
  'email.change-undone': 'The change of your address was taken back',
  'organization.joined': 'You joined an organization',
  'organization.left': 'You left an organization',
})

/** What is new, and nobody wrote words for yet, stands as it is called: `device.lost` is "device: lost". */
function words(action: string): string {
  return happened[action] ?? action.replace('.', ': ').replaceAll('-', ' ')
}

function passwordPage({ formToken }: Inside, { error }: Shown): Answer {
  const fields = [
    field({ name: 'old', label: 'Your password now', type: 'password', autocomplete: 'current-password', error }),
    field({
      name: 'password',
      label: 'Your new password',
      type: 'password',
      autocomplete: 'new-password',
      hint: '15 characters or more, or 8 where you have a second factor.',
      // Which of the two is wrong: this refusal is about the old one.
      error: error?.code === 'identity.wrong_credentials' ? undefined : error,
    }),
  ]
  return {
    title: 'Change your password',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Change your password</h1>
      <p>You are signed out everywhere else.</p>
      ${told(error)} ${form({ action: paths.password, fields, submit: 'Change the password', formToken })}`,
  }
}

async function changePassword(sent: SentInside): Promise<Answer> {
  const { house, fields, token, from } = sent
  const wanted = { old: text(fields, 'old'), next: text(fields, 'password') }
  try {
    const renewed = await house.identity.changePassword(token, wanted, from)
    return { redirect: paths.account, cookies: [house.cookies.set(renewed.token)] }
  } catch (thrown) {
    const error = refused(thrown)
    if (error.code === 'identity.prove_again' || error.code === 'identity.no_session') throw error
    return passwordPage(sent, { error })
  }
}

export const accountRoutes: readonly Route[] = [
  { at: 'inside', method: 'GET', path: paths.account, answer: accountPage },
  { at: 'inside', method: 'GET', path: paths.password, answer: async visit => passwordPage(visit, {}) },
  { at: 'inside', method: 'POST', path: paths.password, answer: changePassword },
  {
    at: 'inside',
    method: 'POST',
    path: paths.endSession,
    async answer({ house, token, fields, from }) {
      await house.identity.endSession(token, text(fields, 'id'), from)
      return { redirect: paths.account }
    },
  },
  {
    at: 'inside',
    method: 'POST',
    path: paths.endOthers,
    async answer({ house, token, from }) {
      await house.identity.endOtherSessions(token, from)
      return { redirect: paths.account }
    },
  },
  {
    at: 'inside',
    method: 'POST',
    path: paths.signOut,
    async answer({ house, token, from }) {
      await house.identity.signOut(token, from)
      return { redirect: paths.signIn, cookies: [house.cookies.end(), endInvitation(house), ...endTicket(house)] }
    },
  },
]
