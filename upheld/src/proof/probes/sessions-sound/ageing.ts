import { cannotProbe } from '../../claims/index.ts'
import { mustBeOver, opens, tell, type Ground } from './ground.ts'

/** More than the minute to which the last use is kept, in seconds. */
const slackSecs = 120

/**
 * Limits of time. Nobody waits for them: every time that is stored of the session is moved back, which is the same to
 * whoever judges by them.
 */
export async function attackByTime(ground: Ground): Promise<void> {
  const { idleSecs, absoluteSecs } = ground.crowd.people.identity.options
  ground.report.population('limits of time', 2)
  await leaveIdle(ground, idleSecs)
  await keepBusy(ground, idleSecs, absoluteSecs)
}

async function leaveIdle(ground: Ground, idleSecs: number): Promise<void> {
  const { somebody, begin, tokenOf } = ground
  const person = await somebody('idle')
  const browser = await begin(person)
  await age(ground, person.personId, idleSecs - slackSecs)
  if (!(await opens(browser))) throw cannotProbe('A session ends before it was idle for so long.')
  // That look was a use: it counts from there.
  await age(ground, person.personId, idleSecs - slackSecs)
  if (!(await opens(browser))) throw cannotProbe('A session that is in use ends as if it were idle.')
  await age(ground, person.personId, idleSecs + slackSecs)
  await mustBeOver(ground, tokenOf(browser), `use a session after ${idleSecs} seconds without use`, 'the idle limit')
}

async function keepBusy(ground: Ground, idleSecs: number, absoluteSecs: number): Promise<void> {
  const { somebody, begin, tokenOf, report } = ground
  const person = await somebody('busy')
  const browser = await begin(person)
  const [step, where] = [Math.max(60, idleSecs - slackSecs), 'the absolute limit']
  const attack = `keep a session in use for more than ${absoluteSecs} seconds`
  for (let aged = step; aged < absoluteSecs; aged += step) {
    await age(ground, person.personId, step)
    if (!(await opens(browser))) throw cannotProbe('A session that is in use ends before its time.')
  }
  await age(ground, person.personId, step)
  tell(report, attack, where, (await opens(browser)) ? 'it opens the account' : undefined)
  await mustBeOver(ground, tokenOf(browser), attack, where)
}

async function age({ crowd }: Ground, personId: string, secs: number): Promise<void> {
  const { rowCount } = await crowd.login.query(
    `update upheld_identity.session set created_at = created_at - make_interval(secs => $2), seen_at = seen_at - make_interval(secs => $2),
       expires_at = expires_at - make_interval(secs => $2), proven_at = proven_at - make_interval(secs => $2) where person_id = $1`,
    [personId, secs],
  )
  if (rowCount !== 1) throw cannotProbe('A session that was to grow old is not there.')
}
