import type { Answer } from '../isolation-routes/wire.ts'
import { judge } from '../judge.ts'
import { besieged, victim, wrong, type Ground } from './ground.ts'

/** Whether an address belongs to somebody shows nowhere: not by status, not by text, not by what is asked next. */
export async function attackDiscovery(ground: Ground): Promise<void> {
  const [known, unknown] = [(await victim(ground)).email, ground.crowd.addressOf('nobody-at-all')]
  const { password } = ground
  for (const [path, fieldsFor] of [
    ['/sign-in', wrong],
    ['/forgot', (email: string) => ({ email })],
    ['/sign-up', (email: string) => ({ email, name: 'Somebody', password: `${password} and more` })],
  ] as const) {
    const answers: string[] = []
    for (const email of [known, unknown])
      answers.push(toldBy(await ground.crowd.browser().send(path, { ...fieldsFor(email) }), email))
    const [one = '', other = ''] = answers
    judge(ground, 'whether an address belongs to somebody', `POST ${path}`, one !== other, firstDifference(one, other))
  }
  // Who is slowed at the addresses of others alone learns which are somebody's.
  const siege = await besieged(ground, unknown, 1)
  const attack = 'whether an address belongs to somebody, by many guesses'
  judge(ground, attack, 'POST /sign-in', siege === undefined, 'nobody has to wait where nobody has it')
}

/** Everything that is told, but for what was sent and what is new each time. */
function toldBy({ status, headers, body }: Answer, email: string): string {
  const cookies = (headers['set-cookie'] ?? '').replaceAll(/=[^;\n]*/g, '')
  const plain = body.replaceAll(email, 'the address').replaceAll(/data-work="[^"]*"/g, '')
  return [`status ${status}`, `location ${headers['location'] ?? 'none'}`, `cookies ${cookies}`, plain].join('\n')
}

function firstDifference(one: string, other: string): string {
  const [lines, others] = [one.split('\n'), other.split('\n')]
  const at = lines.findIndex((line, index) => line !== others[index])
  return at < 0 ? 'one says more' : `“${(lines[at] ?? '').trim().slice(0, 80)}” for one alone`
}
