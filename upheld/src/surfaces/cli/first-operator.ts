import type { Application } from '../../application.ts'
import { systemClock } from '../../core/clock.ts'
import { isOwnLoopback } from '../../core/network.ts'
import { offerOperatorLink } from '../../guards/identity/index.ts'
import { isUnstaffed } from '../../guards/support/index.ts'
import { withAdmin } from './system/server.ts'

/**
 * The line that a start prints where nobody works for the operator yet: a link into the console, once, within the hour, from
 * this machine. Every start makes a new one and voids the older. Where people reach the system by another name than this
 * machine's own, no such link could be used: then it says what to do instead. Undefined where there is staff, or no people.
 */
export async function firstOperatorLine(
  { application, adminUrl }: { readonly application: Pick<Application, 'people'>; readonly adminUrl: string },
  origin: string,
): Promise<string | undefined> {
  if (application.people === undefined) return undefined
  return withAdmin(adminUrl, admin =>
    admin.transaction(async tx => {
      if (!(await isUnstaffed(tx))) return undefined
      if (!isOwnLoopback(new URL(origin).hostname))
        return 'Nobody works for the operator yet: let somebody sign up, then: upheld staff add <address>'
      const { secret } = await offerOperatorLink(tx, systemClock.now())
      return `First operator, once, within an hour, on this machine: ${origin}/console/first?link=${secret}`
    }),
  )
}
