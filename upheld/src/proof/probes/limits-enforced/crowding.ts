import { pause } from '../../../core/clock.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import { pretending } from '../people/browser.ts'
import { judgeSteady, patience, type Ground } from './ground.ts'
import { dripping } from './pouring.ts'

/**
 * So many that the line of those who wait is full. A machine that is busy otherwise brings them up no faster than it hashes:
 * there the line fills with more of them only.
 */
const crowdSizes = [300, 600] as const

/** Forms that begin and never end: everybody else is answered meanwhile. */
export async function attackBySlowness(ground: Ground): Promise<void> {
  const patienceMs = await patience(ground)
  const slow = dripping(ground, '/sign-in', ground.gentle ? 10 : 100)
  try {
    await pause(100)
    await mustAnswer(ground, 'forms that never end', 'POST /sign-in', patienceMs)
  } finally {
    slow.end()
  }
}

/** More sign-ins at once than passwords can be hashed: some are told to wait, nobody waits without end. */
export async function attackByHashing(ground: Ground): Promise<void> {
  const { report } = ground
  const [attack, where] = ['three hundred sign-ins at once', 'POST /sign-in']
  for (const size of crowdSizes) {
    const answers = await signInAtOnce(ground, size)
    const busy = answers.filter(({ status }) => status === 503)
    const odd = answers.find(({ status }) => status !== 503 && status !== 401 && status !== 429)
    if (odd !== undefined) return report.refute({ attack, where, saw: `status ${odd.status}` })
    if (busy.length === 0) continue
    if (busy.every(({ headers }) => headers['retry-after'] !== undefined)) return report.observe(attack, where)
    return report.refute({ attack, where, saw: 'nobody says how long to wait' })
  }
  report.refute({ attack, where, saw: 'every one had its password hashed' })
}

async function signInAtOnce(ground: Ground, size: number): Promise<readonly Answer[]> {
  const { crowd } = ground
  const patienceMs = await patience(ground)
  const password = 'a long enough phrase of nobody'
  const all = Promise.all(
    Array.from({ length: size }, (_, n) =>
      crowd.browser().send('/sign-in', { email: crowd.addressOf(`crowd-${n}`), password }),
    ),
  )
  await mustAnswer(ground, 'three hundred sign-ins at once', 'GET /sign-in', patienceMs)
  return all
}

/**
 * What costs a row or a mail and checks no secret ends for one address, and for no other. Nearly all of the flood is poured
 * in by another process, because both count in one place; the pages must know of it.
 */
export async function attackByFlood(ground: Ground): Promise<void> {
  const { crowd, report } = ground
  const flooding = crowd.browser()
  const from = { address: flooding.address, agent: 'a probe' }
  for (let wave = 0; wave < 250; wave++)
    await Promise.all(Array.from({ length: 4 }, () => crowd.people.identity.beginPasskey(from)))
  const statuses: number[] = []
  for (let n = 0; n < 10; n++)
    statuses.push((await flooding.send('/sign-in/passkey/options', {}, n % 2 === 0 ? {} : pretending())).status)
  const [attack, where] = ['a thousand requests from one address', 'POST /sign-in/passkey/options']
  if (statuses.every(status => status === 429)) report.observe(attack, where)
  else report.refute({ attack, where, saw: 'it went on being answered' })
  const elsewhere = await crowd.browser().send('/sign-in/passkey/options', {})
  if (elsewhere.status !== 200) throw cannotProbe(`Another address is answered with status ${elsewhere.status}.`)
}

/** Whoever asks for mails to one address, from wherever: at some time no more are written. */
export async function attackByMails({ crowd, report }: Ground): Promise<void> {
  const { email } = await crowd.member('mailbox')
  for (let n = 0; n < mailsAsked; n++) {
    const { status } = await crowd.browser().send('/forgot', { email })
    if (status !== 303) throw cannotProbe(`A question for a new password was answered with ${status}.`)
  }
  const { rows } = await crowd.login.query(
    'select count(*)::integer as n from upheld_identity.mail where recipient = $1',
    [email],
  )
  const [attack, where, sent] = [`${mailsAsked} mails to one address`, 'POST /forgot', Number(rows[0]?.['n'])]
  if (sent === 0) throw cannotProbe('No mail waits for whoever asked for one.')
  if (sent <= mailsMax) report.observe(attack, where)
  else report.refute({ attack, where, saw: `${sent} are written` })
}

const mailsAsked = 60
/** In an hour, of one kind. */
const mailsMax = 30

async function mustAnswer(ground: Ground, attack: string, where: string, patienceMs: number): Promise<void> {
  const silent: Pick<Answer, 'status'> = { status: 0 }
  const looked = ground.crowd.browser().get('/sign-in')
  const answer = await Promise.race([looked, pause(patienceMs).then(() => silent)])
  looked.catch(() => undefined)
  judgeSteady(ground, `the sign-in page, during ${attack}`, where, answer)
}
