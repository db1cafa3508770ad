import { cannotProbe } from '../../claims/index.ts'
import { ledTo, type Browser } from '../people/browser.ts'
import { enrolled, mustAnswer, newcomer, strongToken, type Enrolled, type Ground } from './ground.ts'
import { judge } from './used-once.ts'

const staleMs = 20 * 60_000

/** Factors are changed with a fresh proof alone, and whoever changes one ends all other sessions. */
export async function attackByChanging(ground: Ground): Promise<void> {
  const one = await enrolled(ground, await newcomer(ground, ['admin']))
  const [stale, thief] = [ground.crowd.browser(), ground.crowd.browser()]
  stale.setCookie('session', await strongToken(ground, one.who, staleMs))
  thief.setCookie('session', await strongToken(ground, one.who))
  if (!(await opens(stale)) || !(await opens(thief))) throw cannotProbe('A session that was opened opens nothing.')
  for (const path of ['/account/totp/remove', '/account/recovery', '/account/passkeys/options', '/account/totp']) {
    const answer = mustAnswer(await stale.send(path, { code: '000000' }), `POST ${path}`)
    const attack = 'a factor changed in a session that proved itself twenty minutes ago'
    judge(ground, attack, `POST ${path}`, ledTo(answer) !== '/account/confirm', `status ${answer.status}`)
  }
  const { second } = await ground.crowd.people.factors.of(one.who.personId)
  judge(ground, 'a factor removed without a fresh proof', 'the factors of the account', !second, 'it is gone')
  const password = await stale.send('/account/confirm', { password: ground.password })
  const attack = 'the password as a fresh proof, where there is a second factor'
  judge(ground, attack, 'POST /account/confirm', password.status === 303, 'it was taken')
  await removed(ground, one, thief)
}

async function removed(ground: Ground, { browser, who }: Enrolled, thief: Browser): Promise<void> {
  const { status } = await browser.send('/account/totp/remove', {})
  const { second } = await ground.crowd.people.factors.of(who.personId)
  if (status !== 303 || second) throw cannotProbe(`A factor could not be removed: status ${status}.`)
  const attack = 'another session, after a factor was changed'
  judge(ground, attack, 'GET /account', await opens(thief), 'it is still open')
}

async function opens(browser: Browser): Promise<boolean> {
  const kept = browser.cookie('session')
  const { status } = mustAnswer(await browser.get('/account'), 'GET /account')
  browser.setCookie('session', kept)
  return status === 200
}

/** Once shown, never again: no page and no row has the seed or a recovery code. */
export async function attackByReading(ground: Ground): Promise<void> {
  const { report, crowd } = ground
  const one = await enrolled(ground, await newcomer(ground, ['admin']))
  const codes = one.codes.flatMap(code => formsOf(Buffer.from(code.replaceAll('-', '')), [code]))
  const needles = [...formsOf(one.seed, [one.secret]), ...codes].map(text => text.toLowerCase())
  const looks = crowd.people.site.routes.filter(
    ({ method, path, roles }) =>
      method === 'GET' && path.startsWith('/account') && roles !== 'public' && !path.includes(':'),
  )
  for (const { path } of looks) {
    const { body } = mustAnswer(await one.browser.get(path), `GET ${path}`)
    searched(ground, `GET ${path}`, body, needles)
  }
  const { rows: tables } = await crowd.login.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'upheld_identity'
       and has_table_privilege(format('%I.%I', schemaname, tablename), 'select') order by 1`,
  )
  if (tables.length === 0) throw cannotProbe('The login of identity reads no table.')
  for (const { name } of tables) {
    const { rows } = await crowd.login.query(`select t::text as line from ${String(name)} t`)
    searched(ground, `table ${String(name)}`, rows.map(({ line }) => String(line)).join('\n'), needles)
  }
  report.population('places where a code could stand', looks.length + tables.length)
}

function searched(ground: Ground, where: string, text: string, needles: readonly string[]): void {
  const plain = text.toLowerCase()
  judge(
    ground,
    'a seed or a recovery code, read back',
    where,
    needles.some(one => plain.includes(one)),
    'it stands there',
  )
}

function formsOf(bytes: Buffer, shown: readonly string[]): readonly string[] {
  return [...shown, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
}
