import { createInterface } from 'node:readline/promises'
import type { Contract } from '../../proof/outsiders/index.ts'
import { refuse } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** Everything that somebody agrees to. Control characters in it were refused when it was read. */
export function showContract(terminal: Terminal, contract: Contract, digest: string): void {
  const { strong, quiet } = terminal
  const list = (title: string, lines: readonly string[]): void => {
    terminal.say(strong(title))
    for (const line of lines) terminal.say(`  - ${line}`)
    terminal.say()
  }
  terminal.say(`${strong(contract.service)} lets outsiders probe ${contract.origin}`)
  terminal.say(quiet(`Contract version ${contract.version}, ${digest}`))
  terminal.say()
  list(
    'Probes',
    contract.probes.map(
      ({ name, claim, says, not_covered }) => `${name} (${claim}): ${says} Not covered: ${not_covered.join('; ')}.`,
    ),
  )
  list(
    'Limits',
    Object.entries(contract.limits).map(([name, most]) => `${name.replaceAll('_', ' ')}: ${most}`),
  )
  list('You agree', contract.outsider_agrees)
  list('They agree', contract.service_agrees)
  list(
    'What is stored',
    contract.stored.map(({ what, how_long }) => `${what}: ${how_long}`),
  )
  list('Who to write to', [contract.contact])
}

/**
 * By its digest on the command line, or by a yes of somebody who sits before it.
 * @throws cli.other_contract when another text was agreed to
 */
export async function agreed(terminal: Terminal, given: string | undefined, digest: string): Promise<boolean> {
  if (given !== undefined) {
    if (given !== digest) throw refuse.other_contract({ detail: digest })
    return true
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false
  const reading = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await reading.question('Agree to this contract, and run? Type yes: ')).trim() === 'yes'
  } finally {
    reading.close()
    terminal.note('')
  }
}
