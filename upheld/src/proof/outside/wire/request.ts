import { request as overPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as overTls } from 'node:https'
import { headerBytesMax } from '../limits.ts'
import { tooSlow, troubleOf, type Trouble } from '../errors.ts'
import { readBody, type Body } from './body.ts'
import type { Budget } from './budget.ts'

export interface Question {
  readonly url: URL
  readonly method?: 'GET' | 'OPTIONS' | 'TRACE'
  readonly headers?: Readonly<Record<string, string>>
}

/** One answer, as far as it was read. */
export interface Answer extends Body {
  readonly url: URL
  readonly status: number
  /** Every line as it came, in order; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

type Asked = { readonly answer: Answer } | { readonly trouble: Trouble }

/** Old versions are spoken too: what they let through is for the rules to say, and so is the certificate. */
const lenient: RequestOptions & { readonly ciphers: string; readonly minVersion: 'TLSv1' } = {
  ciphers: 'DEFAULT@SECLEVEL=0',
  minVersion: 'TLSv1',
}

/** Asks once, on a connection of its own. Never rejects; bounded in time, header bytes and body bytes. */
export function ask({ url, method = 'GET', headers = {} }: Question, budget: Budget): Promise<Asked> {
  const ms = budget.next('request')
  if (ms === 0) return Promise.resolve({ trouble: tooSlow })
  return new Promise(resolve => {
    const open = url.protocol === 'https:' ? overTls : overPlain
    const options = {
      method,
      agent: false,
      maxHeaderSize: headerBytesMax,
      rejectUnauthorized: false,
      ...lenient,
      headers: {
        'user-agent': 'upheld-look',
        accept: 'text/html,*/*;q=0.5',
        'accept-encoding': 'identity',
        connection: 'close',
        ...headers,
      },
    }
    const sent = open(url, options)
    let answered: IncomingMessage | undefined
    const limit = setTimeout(() => {
      if (answered === undefined) settle({ trouble: tooSlow })
      else answered.destroy()
      sent.destroy()
    }, ms)
    const settle = (asked: Asked): void => {
      clearTimeout(limit)
      resolve(asked)
      sent.destroy()
    }
    // Destroying a request says so with an error of its own, which nobody waits for any more.
    sent.on('error', thrown => settle({ trouble: troubleOf(thrown) }))
    sent.on('upgrade', (_response, socket) => {
      socket.destroy()
      settle({ trouble: { code: 'not_http', detail: 'it changed the protocol' } })
    })
    sent.on('response', response => {
      answered = response
      void readBody(response, budget.limits.bodyBytesMax).then(body =>
        settle({ answer: { url, status: response.statusCode ?? 0, headers: linesOf(response), ...body } }),
      )
    })
    sent.end()
  })
}

function linesOf({ rawHeaders }: IncomingMessage): (readonly [string, string])[] {
  const lines: (readonly [string, string])[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? ''])
  }
  return lines
}

/** Every value of one header, in order. */
export function valuesOf(answer: Answer, name: string): readonly string[] {
  return answer.headers.filter(line => line[0] === name).map(([, value]) => value)
}
