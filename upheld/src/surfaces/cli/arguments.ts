import { parseArgs, type ParseArgsConfig } from 'node:util'
import { refuse } from './errors.ts'
import { nearest } from '../../core/nearest.ts'
import { allSettings, type SettingName } from './settings.ts'

/** What every command understands. */
export const switches = ['json', 'help'] as const

export interface Grammar {
  /** As typed: `keys rotate`. */
  readonly name: string
  readonly settings: readonly SettingName[]
  /** Names of what follows the command, such as `bundle`. All of them are needed. */
  readonly arguments: readonly string[]
}

interface Words {
  readonly given: ReadonlyMap<string, string>
  readonly positionals: readonly string[]
  readonly json: boolean
  readonly help: boolean
}

/** @throws cli.unknown_option, cli.option_twice, cli.bad_option, cli.argument_missing, cli.argument_unexpected */
export function parseWords(grammar: Grammar, args: readonly string[]): Words {
  const names = optionNames(grammar)
  const options: NonNullable<ParseArgsConfig['options']> = {
    ...Object.fromEntries(
      names.map(name => [name, { type: isSwitch(name) ? ('boolean' as const) : ('string' as const) }]),
    ),
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  }
  refuseUnknown(grammar, options, args)
  const parsed = strictly(() =>
    parseArgs({ args: [...args], options, strict: true, allowPositionals: true, tokens: true }),
  )
  const seen = parsed.tokens.filter(token => token.kind === 'option').map(token => token.name)
  const twice = seen.find((name, index) => seen.indexOf(name) !== index)
  if (twice !== undefined) throw refuse.option_twice({ detail: `--${twice}` })
  const { json, help } = parsed.values
  if (help !== true) checkPositionals(grammar, parsed.positionals)
  return {
    given: new Map(
      Object.entries(parsed.values).flatMap(([name, value]) => {
        if (typeof value === 'string') return [[name, value]]
        return value === true && isSwitch(name) ? [[name, 'yes']] : []
      }),
    ),
    positionals: parsed.positionals,
    json: json === true,
    help: help === true,
  }
}

function isSwitch(name: string): boolean {
  return allSettings.some(setting => setting.option === name && setting.isSwitch)
}

export function optionNames(grammar: Grammar): string[] {
  return allSettings.filter(setting => grammar.settings.includes(setting.name)).map(setting => setting.option)
}

function refuseUnknown(
  grammar: Grammar,
  options: NonNullable<ParseArgsConfig['options']>,
  args: readonly string[],
): void {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const known = Object.keys(options)
  const stranger = tokens.find(token => token.kind === 'option' && !known.includes(token.name))
  if (stranger?.kind !== 'option') return
  const meant = nearest(stranger.name, known)
  const hint = meant === undefined ? `See: upheld ${grammar.name} --help` : `Did you mean --${meant}?`
  throw refuse.unknown_option({ detail: `${stranger.rawName}: ${hint}` })
}

/** What is left for Node to complain about is a missing or a superfluous value; its words are clear enough. */
function strictly<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw refuse.bad_option({ detail: cause instanceof Error ? cause.message : '', cause })
  }
}

function checkPositionals(grammar: Grammar, positionals: readonly string[]): void {
  const missing = grammar.arguments[positionals.length]
  if (missing !== undefined) throw refuse.argument_missing({ detail: `upheld ${grammar.name} <${missing}>` })
  const extra = positionals[grammar.arguments.length]
  if (extra !== undefined) throw refuse.argument_unexpected({ detail: extra })
}
