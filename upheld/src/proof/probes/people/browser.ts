import { randomInt } from 'node:crypto'
import { Agent } from 'node:http'
import { ask, type Answer } from '../isolation-routes/wire.ts'

/** A browser as a stranger on the network has it: cookies, an address of its own, forms that name their origin. */
export interface Browser {
  readonly address: string
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** A form of a page. Inside of a session it carries the token that the pages of that session give. */
  send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** Any other request, with the cookies that are there. */
  ask(method: string, path: string, sent?: Sent): Promise<Answer>
  /** By its plain name. */
  cookie(name: string): string | undefined
  setCookie(name: string, value: string | undefined): void
  /** The same cookies; from another address where one is given. Closed with this one, or before. */
  copy(address?: string): Browser
  close(): void
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Street {
  /** Where the pages answer. */
  readonly origin: string
  /** What a browser there calls the site that it is on. */
  readonly site: string
  readonly signal: AbortSignal
}

const agentText = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'

/** Comes from `address`, which is one of this machine: 127.x.y.z. */
export function openBrowser(street: Street, address: string, jar: ReadonlyMap<string, string> = new Map()): Browser {
  const cookies = new Map(jar)
  const copies: Browser[] = []
  const agent = new Agent({ keepAlive: true, localAddress: address, maxSockets: 32 })
  const line = { origin: street.origin, agent, signal: street.signal }
  const prefix = street.site.startsWith('https:') ? '__Host-' : ''
  let formToken: { readonly of: string | undefined; readonly token: string } | undefined

  async function sent(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
    const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
    const answer = await ask(line, {
      method,
      target: path,
      headers: { 'user-agent': agentText, ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
    for (const one of (answer.headers['set-cookie'] ?? '').split('\n')) keep(one)
    return answer
  }

  function keep(line: string): void {
    const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
    if (name === undefined || value === undefined) return
    if (value === '' || /;\s*max-age=0/i.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }

  async function tokenOfForms(): Promise<string | undefined> {
    const session = cookies.get(`${prefix}session`)
    if (session === undefined) return undefined
    if (formToken?.of !== session) {
      const [, token] = /name="form_token" value="([^"]+)"/.exec((await sent('GET', '/account')).body) ?? []
      if (token === undefined) return undefined
      formToken = { of: session, token }
    }
    return formToken.token
  }

  return Object.freeze({
    address,
    get: (path: string, headers?: Readonly<Record<string, string>>) =>
      sent('GET', path, headers === undefined ? {} : { headers }),
    async send(path: string, fields: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) {
      const token = await tokenOfForms()
      const all = { ...(token === undefined ? {} : { form_token: token }), ...fields }
      const headers = { origin: street.site, 'content-type': 'application/x-www-form-urlencoded', ...more }
      return sent('POST', path, { headers, body: new URLSearchParams(all).toString() })
    },
    ask: sent,
    cookie: (name: string) => cookies.get(`${prefix}${name}`),
    setCookie(name: string, value: string | undefined) {
      if (value === undefined) cookies.delete(`${prefix}${name}`)
      else cookies.set(`${prefix}${name}`, value)
    },
    copy(other: string = address) {
      const made = openBrowser(street, other, cookies)
      copies.push(made)
      return made
    },
    close() {
      agent.destroy()
      for (const one of copies.splice(0)) one.close()
    },
  } satisfies Browser)
}

/** Everything by which a proxy would say that somebody else asks: another one each time. */
export function pretending(): Readonly<Record<string, string>> {
  const address = `203.0.${randomInt(1, 114)}.${randomInt(1, 255)}`
  return {
    forwarded: `for=${address}`,
    'x-forwarded-for': address,
    'x-real-ip': address,
    'x-client-ip': address,
    'true-client-ip': address,
    'cf-connecting-ip': address,
    'fastly-client-ip': address,
  }
}

/** Where an answer leads to: a path, without what stands behind it. */
export function ledTo({ status, headers }: Answer): string | undefined {
  return status === 303 ? headers['location']?.split('?', 1)[0] : undefined
}
