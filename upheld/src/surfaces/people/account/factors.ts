import { html, raw } from 'hono/html'
import { renderSVG } from 'uqr'
import { refuseIdentity, networkOf } from '../../../guards/identity/index.ts'
import { form } from '../forms.ts'
import { totpField } from '../proof-fields.ts'
import { onward, paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Inside, Route, SentInside } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'

interface Enrollment {
  readonly enrollmentId: string
  readonly uri: string
  readonly secret: string
}

/** The seed is on this page once: it is shown again only where the code was mistyped, from what the form carries. */
function totpPage({ formToken }: Inside, { enrollmentId, uri, secret }: Enrollment, { error, next }: Shown): Answer {
  const fields = [
    html`<input type="hidden" name="enrollment" value="${enrollmentId}" />
      <input type="hidden" name="uri" value="${uri}" />
      <input type="hidden" name="secret" value="${secret}" />`,
    totpField(error, 'code', 'The code that it shows'),
  ]
  return {
    title: 'An app with codes',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>An app with codes</h1>
      <p>
        Scan this with an authenticator app, or type the key into it. Then type the code that the app shows: with it the
        app becomes your second factor.
      </p>
      <figure class="scan">
        ${raw(renderSVG(uri, { border: 2 }))}
        <figcaption>
          <span class="unseen">The key: </span><code>${secret.match(/.{1,4}/g)?.join(' ') ?? ''}</code>
        </figcaption>
      </figure>
      ${told(error)} ${form({ action: paths.totp, fields, submit: 'Add the app', formToken, next })}`,
  }
}

async function beginTotp(visit: Inside): Promise<Answer> {
  const { house, token, from } = visit
  const { email } = await house.identity.person(token)
  const { result } = await house.identity.changeFactors(token, from, async (factors, { personId }) => ({
    result: await factors.totp.begin({ personId, account: email }),
    change: undefined,
  }))
  return totpPage(visit, result, { next: visit.url.searchParams.get('next') ?? undefined })
}

async function confirmTotp(sent: SentInside): Promise<Answer> {
  const { house, token, from, fields } = sent
  const enrollment = {
    enrollmentId: text(fields, 'enrollment'),
    uri: text(fields, 'uri'),
    secret: text(fields, 'secret'),
  }
  try {
    const { result, renewed } = await house.identity.changeFactors(token, from, async (factors, { personId }) => {
      const network = networkOf(from.address)
      const { enrollmentId } = enrollment
      const outcome = await factors.totp.confirm({ personId, enrollmentId, code: text(fields, 'code'), network })
      if (!outcome.passed) throw refuseIdentity.wrong_code()
      return { result: await factors.recovery.renew(personId), change: outcome.change, proven: 'totp' }
    })
    const cookies = renewed === undefined ? [] : [house.cookies.set(renewed.token)]
    return { ...codesPage(result.codes, onward(fields.get('next'), paths.account)), cookies }
  } catch (thrown) {
    const error = refused(thrown)
    if (error.code !== 'identity.wrong_code' || !/^otpauth:\/\/totp\/.{0,300}$/.test(enrollment.uri)) throw error
    return totpPage(sent, enrollment, { error, next: fields.get('next') })
  }
}

/** Shown once: nobody, and we neither, can read them again. */
function codesPage(
  codes: readonly string[],
  next: `/${string}` = paths.account,
): { title: string; body: ReturnType<typeof html> } {
  return {
    title: 'Recovery codes',
    body: html`<h1>Write these down</h1>
      <p>
        Each opens your account once, when you have lost your other factor. They are shown here and never again: print
        them, or keep them with your passwords.
      </p>
      <ol class="codes">
        ${codes.map(code => html`<li><code>${code}</code></li>`)}
      </ol>
      <p><a class="button" href="${next}">I have them</a></p>`,
  }
}

export const factorRoutes: readonly Route[] = [
  { at: 'inside', method: 'GET', path: paths.totp, answer: beginTotp },
  { at: 'inside', method: 'POST', path: paths.totp, answer: confirmTotp },
  {
    at: 'inside',
    method: 'POST',
    path: paths.totpRemove,
    async answer({ house, token, from }) {
      const { renewed } = await house.identity.changeFactors(token, from, async (factors, { personId }) => ({
        result: undefined,
        change: await factors.totp.remove(personId),
      }))
      return { redirect: paths.account, cookies: renewed === undefined ? [] : [house.cookies.set(renewed.token)] }
    },
  },
  {
    at: 'inside',
    method: 'POST',
    path: paths.recovery,
    async answer({ house, token, from }) {
      const { result, renewed } = await house.identity.changeFactors(token, from, async (factors, { personId }) => {
        const made = await factors.recovery.renew(personId)
        return { result: made, change: made.change }
      })
      return { ...codesPage(result.codes), cookies: renewed === undefined ? [] : [house.cookies.set(renewed.token)] }
    },
  },
]
