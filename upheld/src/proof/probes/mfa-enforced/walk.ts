import type { DeclaredRoute } from '../../../routes.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import { cannotProbe, siteOf } from '../../claims/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import { filled, moreProof, mustAnswer, type Ground } from './ground.ts'

/** Every page of an organization, as somebody who proved too little: each leads to a second factor and to nothing else. */
export async function walkClosed(ground: Ground, browser: Browser, attack: string): Promise<void> {
  const { report, closed } = ground
  for (const route of closed) {
    const answer = await look(ground, browser, route)
    const where = nameOf(route)
    if (ledTo(answer) === moreProof) report.observe(attack, where)
    else report.refute({ attack, where, saw: `status ${answer.status}${toldBy(answer)}` })
  }
}

/** Whoever proved enough gets in where the others did not: what leads everybody away proves nothing. */
export async function mustEnter(ground: Ground, browser: Browser): Promise<void> {
  const looks = ground.closed.filter(({ method, path }) => method === 'GET' && !path.includes(':'))
  const opened: string[] = []
  for (const route of looks) {
    const answer = await look(ground, browser, route)
    if (ledTo(answer) === moreProof) throw cannotProbe(`${nameOf(route)} is closed to whoever has a second factor.`)
    if (answer.status === 200) opened.push(route.path)
  }
  if (opened.length === 0) throw cannotProbe('No page of an organization opened for an administrator.')
}

/** As a browser or a program asks, with nothing in it that could be right. */
async function look({ crowd, world }: Ground, browser: Browser, route: DeclaredRoute): Promise<Answer> {
  const { method, path, json } = route
  browser.setCookie('organization', crowd.house)
  const target = filled(path)
  if (method === 'GET') return mustAnswer(await browser.get(target), nameOf(route))
  if (method === 'POST' && json === undefined) return mustAnswer(await browser.send(target, {}), nameOf(route))
  const headers = { origin: await siteOf(world), 'content-type': 'application/json' }
  return mustAnswer(await browser.ask(method, target, { headers, body: '{}' }), nameOf(route))
}

function toldBy(answer: Answer): string {
  const to = ledTo(answer)
  return to === undefined ? '' : `, on to ${to}`
}
