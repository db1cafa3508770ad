/** `2026-05-01 10:00:00.123456`, which has no zone, as Prisma reads it: in UTC. */
export function toTimestamp(text: string): string {
  return `${text.replace(' ', 'T')}+00:00`
}

const withZone = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/

/**
 * A moment, whatever the time zone of the session: Postgres writes it with the offset of that zone, and it is taken off
 * here. What is no moment (infinity, years before Christ) passes as it is.
 */
export function toTimestampWithZone(text: string): string {
  const found = withZone.exec(text)
  if (found === null) return text.replace(' ', 'T')
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number)
  const sign = found[8] === '-' ? -1 : 1
  const [hours, minutes, seconds] = [found[9], found[10], found[11]].map(part => Number(part ?? 0))
  const offsetMs = sign * (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000
  const moment = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - offsetMs)
  // The fraction passes untouched: an offset has none.
  return moment.toISOString().replace('.000Z', `${found[7] ?? ''}+00:00`)
}

/** The time alone: Prisma knows no zone for it. */
export function toTime(text: string): string {
  return text.replace(/[+-]\d\d(:\d\d){0,2}$/, '')
}

/** A date of JavaScript as the text of a column: in UTC, and saying so where Postgres would otherwise take its own zone. */
export function fromDate(date: Date, column: string | undefined): string {
  const [day = '', time = ''] = date.toISOString().replace('Z', '').split('T')
  switch (column) {
    case 'DATE':
      return day
    case 'TIME':
      return time
    case 'TIMETZ':
      return `${time}+00:00`
    default:
      return `${day.replace(/^\+0*/, '')} ${time}+00:00`
  }
}
