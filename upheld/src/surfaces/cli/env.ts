/** The only file that reads the environment. A library that did would be set by whoever starts its process. */

/** Every variable, for `resolve` to pick from by name. */
export const environment: Readonly<Record<string, string | undefined>> = process.env

/** UPHELD_DEBUG shows where an error came from. Never set it where strangers read the output. */
export const debug = (process.env['UPHELD_DEBUG'] ?? '') !== ''

/** https://no-color.org */
export const colorRefused = (process.env['NO_COLOR'] ?? '') !== ''

const handedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NO_COLOR', 'UPHELD_DEBUG', 'NODE_EXTRA_CA_CERTS']

/**
 * What a child gets: no UPHELD_DATABASE_URL, no PGPASSWORD, no token of a neighbor program. Logins and keys
 * travel over the channel between the processes, where no other user can list them.
 */
export function childEnvironment(): Record<string, string> {
  return Object.fromEntries(
    handedOn.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}
