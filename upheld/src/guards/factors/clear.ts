import type { Clock } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'

const refusalDays = 400
const dayMs = 86_400_000

/**
 * Takes away enrollments that nobody finished, devices that are over and counts that are old. For the login of the jobs,
 * which reads no seed and no hash. Nothing here is a wall: what is over is refused whether it was cleared or not.
 */
export async function clearFactors({ jobs, clock }: { readonly jobs: Queryable; readonly clock: Clock }): Promise<{
  readonly enrollments: number
  readonly devices: number
}> {
  const now = clock.now()
  const enrollments = await jobs.query(
    `delete from upheld_identity.totp where confirmed_at is null and expires_at <= $1`,
    [now],
  )
  const devices = await jobs.query(`delete from upheld_identity.device where expires_at <= $1`, [now])
  await jobs.query(`delete from upheld_identity.factor_refusal where hour < $1`, [
    new Date(now.getTime() - refusalDays * dayMs),
  ])
  return { enrollments: enrollments.rowCount, devices: devices.rowCount }
}
