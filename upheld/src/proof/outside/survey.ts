import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { troubleWords, type Trouble } from './errors.ts'
import { fileRedirectsMax } from './limits.ts'
import { placeOf, foreignOrigin, traceMark, type Part, type Seen } from './seen.ts'
import { ask, valuesOf, type Answer, type Question } from './wire/request.ts'
import type { Budget } from './wire/budget.ts'
import { follow, redirectOf, type Walk } from './wire/follow.ts'
import { isDead, tlsOf, type TlsSeen } from './tls.ts'

interface Ground {
  readonly address: URL
  readonly budget: Budget
  readonly clock: Clock
  /** Authorities to trust in place of those that Node knows. */
  readonly ca?: readonly string[]
}

interface Surveyed {
  readonly seen: Seen
  /** Why the start page was not reached. */
  readonly trouble?: Trouble
}

/** The fixed list of questions to one address. Never rejects. */
export async function survey(ground: Ground): Promise<Surveyed> {
  const { address, budget } = ground
  const first = address.protocol === 'https:' ? await tlsOf(address, ground) : undefined
  const walk: Walk =
    first?.dead === undefined
      ? await follow(address, budget.limits.redirectsMax, budget)
      : { answers: [], trouble: first.dead }
  const tls = first ?? (await tlsBehind(address, walk, ground))
  const last = walk.answers.at(-1)
  const base: Omit<Seen, 'plain' | RestName> = {
    tls: tls.tls,
    certificate: tls.certificate,
    answers: walk.answers.length === 0 ? { unseen: whyNot(walk) } : { seen: walk.answers },
    secure: secureOf(walk),
    page: pageOf(walk),
  }
  const plain = await plainDoor(ground, walk)
  const rest = last === undefined ? notAsked(whyNot(walk)) : await askTheRest(last.url, ground)
  return { seen: { ...base, plain, ...rest }, ...(walk.trouble === undefined ? {} : { trouble: walk.trouble }) }
}

type RestName = 'foreign' | 'options' | 'trace' | 'absent' | 'file'

/** One after the other: an outsider who looks is no load. */
async function askTheRest(page: URL, { budget, clock }: Ground): Promise<Pick<Seen, RestName>> {
  const one = async (question: Question): Promise<Part<Answer>> => {
    const asked = await ask(question, budget)
    return 'answer' in asked ? { seen: asked.answer } : { unseen: troubleWords(asked.trouble) }
  }
  const foreign = await one({ url: page, headers: { origin: foreignOrigin } })
  const options = await one({ url: page, method: 'OPTIONS' })
  const trace = await one({ url: page, method: 'TRACE', headers: { [traceMark.name]: traceMark.value } })
  const absent = await one({ url: new URL(`/absent-${randomBytes(8).toString('hex')}`, page) })
  const file = await follow(new URL('/.well-known/security.txt', page), fileRedirectsMax, budget)
  return {
    foreign,
    options,
    trace,
    absent: 'seen' in absent && redirectOf(absent.seen) !== undefined ? { unseen: noErrorPage } : absent,
    file:
      file.trouble === undefined
        ? { seen: { answers: file.answers, at: clock.now() } }
        : { unseen: troubleWords(file.trouble) },
  }
}

const noErrorPage = 'A path that nobody has is answered with a redirect: no error page was seen.'

function notAsked(unseen: string): Pick<Seen, RestName> {
  const nothing = { unseen }
  return { foreign: nothing, options: nothing, trace: nothing, absent: nothing, file: nothing }
}

function whyNot({ trouble }: Walk): string {
  return trouble === undefined ? 'Nothing was answered.' : troubleWords(trouble)
}

function secureOf(walk: Walk): Part<Answer> {
  const seen = walk.answers.findLast(({ url }) => url.protocol === 'https:')
  if (seen !== undefined) return { seen }
  return { unseen: walk.answers.length === 0 ? whyNot(walk) : 'Nothing was answered over TLS.' }
}

function pageOf(walk: Walk): Part<Answer> {
  const last = walk.answers.at(-1)
  if (last === undefined || walk.trouble !== undefined) return { unseen: whyNot(walk) }
  if (walk.elsewhere !== undefined)
    return { unseen: `The start page leads to another site, ${placeOf(walk.elsewhere)}.` }
  if (last.status >= 500) return { unseen: `The start page answers with status ${last.status}.` }
  const type = valuesOf(last, 'content-type').at(0) ?? ''
  if (!/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(type))
    return { unseen: 'The start page is no HTML: no page was seen.' }
  return { seen: last }
}

/** Where TLS is for an address that was given as http: where it redirects to, else the usual port beside the usual port. */
async function tlsBehind(address: URL, { answers, trouble }: Walk, ground: Ground): Promise<TlsSeen> {
  const hop = answers.find(({ url }) => url.protocol === 'https:' && url.hostname === address.hostname)
  if (hop !== undefined) return tlsOf(hop.url, ground)
  const unseen = (why: string): TlsSeen => ({ tls: { unseen: why }, certificate: { unseen: why } })
  if (trouble !== undefined && isDead(trouble)) return unseen(troubleWords(trouble))
  if (address.port !== '') return unseen(`It leads to no https address, and nobody says which port speaks TLS.`)
  return tlsOf(new URL(`https://${address.host}/`), ground)
}

async function plainDoor({ address, budget }: Ground, walk: Walk): Promise<Part<Answer | undefined>> {
  if (address.protocol === 'http:') {
    const [first] = walk.answers
    return first === undefined ? { unseen: whyNot(walk) } : { seen: first }
  }
  if (address.port !== '')
    return { unseen: `The address names port ${address.port}, and nobody says which port speaks plain HTTP.` }
  if (walk.answers.length === 0) return { unseen: whyNot(walk) }
  const asked = await ask({ url: new URL(`http://${address.host}/`) }, budget)
  if ('answer' in asked) return { seen: asked.answer }
  return asked.trouble.code === 'no_server' ? { seen: undefined } : { unseen: troubleWords(asked.trouble) }
}
