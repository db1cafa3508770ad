#!/usr/bin/env node
import { parseWords } from './arguments.ts'
import { exit, type Command } from './command.ts'
import { commands } from './commands.ts'
import { complain } from './complaint.ts'
import { colorRefused, environment } from './env.ts'
import { refuse } from './errors.ts'
import { commandHelp, isGroup, overview } from './help.ts'
import { nearest } from '../../core/nearest.ts'
import type { FromChild } from './processes/messages.ts'
import { resolve } from './settings.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { version } from './version.ts'

const args = process.argv.slice(2)
const json = args.includes('--json')
const terminal = openTerminal(process.stdout, process.stderr, { json, colorRefused })

// A reader that leaves early, such as `head`, changes no verdict. An answer that was cut short by a full disk is none.
const answer = { cut: false }
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code === 'EPIPE' || answer.cut) return
  answer.cut = true
  process.exitCode = complain(terminal, refuse.answer_cut({ detail: failure.code ?? '', cause: failure }))
})
process.stderr.on('error', () => undefined)

const code = await run(args, terminal).catch((thrown: unknown) => complain(terminal, thrown))
process.exitCode = answer.cut ? exit.failed : code

async function run(words: readonly string[], out: Terminal): Promise<number> {
  const [first] = words
  if (first === '--version') {
    out.say(version())
    out.document({ version: version() })
    return exit.upheld
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    overview(out)
    return first === undefined ? exit.usage : exit.upheld
  }
  const [, second = '--help'] = words
  if (second.startsWith('-') && isGroup(first)) {
    overview(out, first)
    return words.includes('--help') || words.includes('-h') ? exit.upheld : exit.usage
  }
  const { command, rest } = find(words)
  const { given, positionals, help } = parseWords(command, rest)
  if (help) {
    commandHelp(out, command)
    return exit.upheld
  }
  // A child says that it lives before it loads its work: on a busy machine that alone may take seconds.
  if (command.hidden === true) process.send?.({ type: 'alive' } satisfies FromChild)
  return command.run({ ...resolve(given, environment), positionals, terminal: out, json })
}

/** The command whose name the first one or two words are. */
function find(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  for (const count of [2, 1]) {
    const command = commands.find(one => one.name === words.slice(0, count).join(' '))
    if (command !== undefined) return { command, rest: words.slice(count) }
  }
  const typed = words.slice(0, 2).filter(word => !word.startsWith('-'))
  const names = commands.map(command => command.name)
  const meant = nearest(typed.join(' '), names) ?? nearest(typed[0] ?? '', names)
  const hint = meant === undefined ? '' : `. Did you mean: upheld ${meant}?`
  throw refuse.unknown_command({ detail: `${typed[0] ?? words[0] ?? ''}${hint}` })
}
