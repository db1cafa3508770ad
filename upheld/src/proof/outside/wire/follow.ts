import { isIP } from 'node:net'
import type { Trouble } from '../errors.ts'
import type { Budget } from './budget.ts'
import { ask, valuesOf, type Answer } from './request.ts'

/** From one address to where its redirects end. */
export interface Walk {
  readonly answers: readonly Answer[]
  /** Where the last answer leads, when that is no page of this site: nobody was asked there. */
  readonly elsewhere?: URL
  readonly trouble?: Trouble
}

/** Follows redirects on the same site only, and at most so many. */
export async function follow(from: URL, redirectsMax: number, budget: Budget): Promise<Walk> {
  const answers: Answer[] = []
  let url = from
  for (let hop = 0; hop <= redirectsMax; hop += 1) {
    const asked = await ask({ url }, budget)
    if ('trouble' in asked) return { answers, trouble: asked.trouble }
    answers.push(asked.answer)
    const next = redirectOf(asked.answer)
    if (next === undefined) return { answers }
    if (!isSameSite(from.hostname, next.hostname)) return { answers, elsewhere: next }
    url = next
  }
  return { answers, trouble: { code: 'redirects', detail: `after ${redirectsMax} of them` } }
}

/** Where an answer leads; undefined when it is no redirect, or to nothing that is asked over HTTP. */
export function redirectOf(answer: Answer): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined
  const target = valuesOf(answer, 'location').at(0) ?? ''
  if (target === '' || !URL.canParse(target, answer.url)) return undefined
  const url = new URL(target, answer.url)
  url.username = ''
  url.password = ''
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined
}

/** The same host, or one of them below the other, as www.example.org is. */
function isSameSite(a: string, b: string): boolean {
  if (a === b) return true
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return isIP(long) === 0 && short.includes('.') && long.endsWith(`.${short}`)
}
