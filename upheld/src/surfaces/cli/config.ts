import type { ExplainedSetting } from '../console/index.ts'
import { exit, type Invocation } from './command.ts'
import { allSettings, type Setting } from './settings.ts'

/** Every setting that has a variable: what it is now, where that came from, and what it would be by default. */
export function explained({
  settings,
  origins,
}: Pick<Invocation, 'settings' | 'origins'>): readonly ExplainedSetting[] {
  return allSettings
    .filter(setting => setting.env !== undefined)
    .map(setting => ({
      name: setting.option,
      value: shown(setting, settings[setting.name]),
      from: origins.get(setting.name) ?? 'default',
      default: setting.fallback ?? null,
      env: setting.env ?? '',
      says: setting.says,
    }))
}

export async function explainConfig(invocation: Invocation): Promise<number> {
  const { terminal } = invocation
  const rows = explained(invocation)
  for (const row of rows) {
    const fallback = row.from === 'default' ? '' : terminal.quiet(` (default ${row.default ?? 'none'})`)
    const origin =
      row.from === 'environment' ? `from ${row.env}` : row.from === 'option' ? `from --${row.name}` : 'default'
    terminal.say(`${terminal.strong(row.name)} = ${row.value ?? 'not set'}  ${origin}${fallback}`)
    terminal.say(terminal.quiet(`  ${row.says}`))
  }
  terminal.document({ settings: rows })
  return exit.upheld
}

function shown(setting: Setting, value: string | number | undefined): string | null {
  if (value === undefined) return null
  return setting.secret ? 'set, not shown' : String(value)
}
