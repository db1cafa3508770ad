import { openLogins } from '../../../adapters/postgres/logins.ts'
import { byLogin, passwordsByName, type LoginName, type LoginRole } from '../../../foundation/tenancy/index.ts'

export interface Logins {
  /** By the name of the role. */
  readonly passwords: Readonly<Record<LoginName, string>>
  /** The address of the same database for each login. */
  urls(adminUrl: string): Readonly<Record<LoginRole, string>>
}

/** The logins of a system, made at its first start. */
export function loginsOf(path: string): Logins {
  const file = openLogins(path)
  const passwords = byLogin((_, name) => file.ensure(name))
  return Object.freeze({
    passwords: passwordsByName(role => passwords[role]),
    urls: (adminUrl: string) =>
      byLogin((role, name) => {
        const url = new URL(adminUrl)
        url.username = name
        url.password = passwords[role]
        return url.href
      }),
  })
}
