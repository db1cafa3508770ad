import { optionNames, switches } from './arguments.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { allSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** Whether commands of two words begin with this one, and none is this word alone. */
export function isGroup(word: string): boolean {
  return commands.some(({ name }) => name.startsWith(`${word} `)) && commands.every(({ name }) => name !== word)
}

/** All commands, or those of one group. */
export function overview(terminal: Terminal, group?: string): void {
  if (group === undefined) {
    terminal.say('Upheld: promises on a security page, attacked without pause.')
    terminal.say()
  }
  const visible = commands.filter(
    ({ hidden, name }) => hidden !== true && (group === undefined || name.startsWith(`${group} `)),
  )
  const width = Math.max(...visible.map(command => usage(command).length))
  for (const command of visible) terminal.say(`  ${terminal.strong(usage(command).padEnd(width))}  ${command.summary}`)
  terminal.say()
  terminal.document({ commands: visible.map(({ name, summary }) => ({ name, summary })) })
  terminal.say('Every command has --help and --json. upheld --version says which Upheld this is.')
}

export function commandHelp(terminal: Terminal, command: Command): void {
  terminal.say(`${terminal.strong(`upheld ${usage(command)}`)}  ${command.summary}`)
  terminal.say()
  for (const line of command.says) terminal.say(line)
  terminal.say()
  const names = [...optionNames(command), ...switches]
  const width = Math.max(...names.map(name => name.length))
  terminal.document({ name: command.name, summary: command.summary, says: command.says, options: names })
  for (const name of names) {
    const setting = allSettings.find(one => one.option === name)
    terminal.say(`  --${name.padEnd(width)}  ${setting === undefined ? switchSays(name) : settingSays(setting)}`)
  }
}

function usage(command: Command): string {
  return [command.name, ...command.arguments.map(name => `<${name}>`)].join(' ')
}

function switchSays(name: string): string {
  return name === 'json' ? 'one JSON document on standard output, nothing else' : 'this text'
}

function settingSays(setting: (typeof allSettings)[number]): string {
  const sources = [setting.fallback === undefined ? '' : `default ${setting.fallback}`, setting.env ?? ''].filter(
    Boolean,
  )
  return sources.length === 0 ? setting.says : `${setting.says} (${sources.join(', ')})`
}
