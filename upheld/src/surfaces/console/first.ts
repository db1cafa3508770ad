import { html } from 'hono/html'
import { UpheldError } from '../../core/errors.ts'
import { isOwnLoopback } from '../../core/network.ts'
import type { Caller } from '../../core/ports.ts'
import { joinAsFirst } from '../../guards/support/index.ts'
import { formOf, text } from '../people/index.ts'
import { refuse } from './errors.ts'
import { told } from './frame.ts'
import { paths } from './paths.ts'
import type { Answer, House } from './ports.ts'

/** What a proxy adds, under any of its names: whoever comes by one is not at this machine, whatever their address is. */
const forwarding = ['forwarded', 'via', 'x-real-ip', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']

/**
 * The way in for the very first of the operator's people: a link that `upheld up` printed, once, within the hour, from this
 * machine. To everybody else, and with every other link, there is nothing here.
 * @throws console.not_found, console.method
 */
export async function firstOperator(house: House, request: Request, caller: Caller): Promise<Answer> {
  if (!isFromHere(request, caller)) throw refuse.not_found()
  if (request.method === 'POST') return begun(house, request, caller)
  if (request.method !== 'GET') throw refuse.method()
  const link = new URL(request.url).searchParams.get('link') ?? ''
  if (!(await house.people.identity.isOperatorLink(link))) throw refuse.not_found()
  return firstPage(house, { link })
}

/** By the connection itself and the name that was asked for: neither is taken from a header that somebody else may write. */
function isFromHere(request: Request, { peer }: Caller): boolean {
  const byProxy = forwarding.some(name => request.headers.has(name))
  return !byProxy && peer !== undefined && isOwnLoopback(peer) && isOwnLoopback(new URL(request.url).hostname)
}

async function begun(house: House, request: Request, caller: Caller): Promise<Answer> {
  const { site, identity } = house.people
  const fields = await formOf(request)
  const of = (name: string): string => text(fields, name)
  const [link, name, email] = [of('link'), of('name'), of('email')]
  try {
    return await site.begin(request, caller, paths.claims, from =>
      identity.beginOperator({ link, name, email, password: of('password') }, from, (tx, personId) =>
        joinAsFirst(tx, personId, house.clock.now()),
      ),
    )
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.status >= 500) throw thrown
    if (['identity.link_over', 'support.not_first'].includes(thrown.code)) throw refuse.not_found()
    return firstPage(house, { link, name: name.slice(0, 200), email: email.slice(0, 254), error: thrown })
  }
}

interface Draft {
  readonly link: string
  readonly name?: string
  readonly email?: string
  readonly error?: UpheldError
}

function firstPage({ product }: House, { link, name = '', email = '', error }: Draft): Answer {
  return {
    title: 'The first operator',
    status: error?.status ?? 200,
    body: html`<h1>You are the first</h1>
      <p>
        Nobody works for the operator of ${product} yet. Whoever sends this form does, and adds a second factor on the
        next page: nothing of the console is open before that. The link works once.
      </p>
      ${error === undefined ? '' : told(error)}
      <form class="stack" method="post" action="${paths.first}">
        <input type="hidden" name="link" value="${link}" />
        <div class="field">
          <label for="name">Your name</label>
          <input
            id="name"
            name="name"
            type="text"
            dir="auto"
            autocomplete="name"
            maxlength="200"
            required
            value="${name}"
          />
        </div>
        <div class="field">
          <label for="email">Your address</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="username"
            maxlength="254"
            required
            value="${email}"
          />
        </div>
        <div class="field">
          <label for="password">A password</label>
          <input id="password" name="password" type="password" autocomplete="new-password" required />
        </div>
        <div class="actions"><button class="button" type="submit">Go on to the second factor</button></div>
      </form>`,
  }
}
