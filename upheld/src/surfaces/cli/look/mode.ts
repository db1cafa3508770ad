import type { Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { allSettings, type SettingName } from '../settings.ts'
import { readRunning, stateAt } from '../system/state.ts'

/** What only a look understands. */
export const lookSettings = [
  'url',
  'tenantColumn',
  'appRole',
  'probe',
  'context',
  'html',
  'sarif',
  'failOn',
] as const satisfies readonly SettingName[]

const applicationSettings = [
  'claim',
  'publicOrigin',
  'trustedProxies',
  'logOrigin',
] as const satisfies readonly SettingName[]
const needsDatabase = ['tenantColumn', 'appRole', 'probe'] as const satisfies readonly SettingName[]

/**
 * A look is asked for by naming a database or a web address, and no application. An option that would be passed over in
 * silence is refused.
 * @throws cli.look_only, cli.not_for_a_look
 */
export function isLook(invocation: Invocation): boolean {
  const { settings, origins } = invocation
  const given = (names: readonly SettingName[]): SettingName | undefined =>
    names.find(name => origins.get(name) === 'option')
  const looks =
    settings.app === undefined &&
    (settings.url !== undefined || (settings.database !== undefined && !isOfRunningSystem(invocation)))
  if (!looks) {
    const stray = given(lookSettings)
    if (stray !== undefined) throw refuse.look_only({ detail: `--${optionOf(stray)}` })
    return false
  }
  const stray = given(applicationSettings)
  if (stray !== undefined) throw refuse.not_for_a_look({ detail: `--${optionOf(stray)}` })
  const idle = settings.database === undefined ? given(needsDatabase) : undefined
  if (idle !== undefined) throw refuse.look_only({ detail: `--${optionOf(idle)} says something about a --database.` })
  if (settings.context !== undefined && settings.probe === undefined)
    throw refuse.look_only({ detail: '--context says something about a --probe.' })
  return true
}

/**
 * The address of the server under a system that runs here: from the environment that the system was started with, or
 * given together with the folder of that system.
 */
function isOfRunningSystem({ settings, origins }: Invocation): boolean {
  const belongs = origins.get('database') === 'environment' || origins.get('state') !== 'default'
  return belongs && readRunning(stateAt(settings.state)) !== undefined
}

function optionOf(name: SettingName): string {
  return allSettings.find(setting => setting.name === name)?.option ?? name
}
