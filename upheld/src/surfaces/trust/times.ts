import { html } from 'hono/html'
import type { Markup } from '../look/index.ts'

export const minuteMs = 60_000
const units = [
  ['day', 24 * 60 * minuteMs],
  ['hour', 60 * minuteMs],
  ['minute', minuteMs],
] as const

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
const dayOnly = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

/** "3 minutes ago", with the exact time for machines and on hover. Text that is no time is shown as it is. */
export function ago(at: string, nowMs: number): Markup {
  return stamped(at, ms => relative(ms - nowMs))
}

/** "3 minutes": how long something has lasted, with the exact time of its start. */
export function lasted(since: string, nowMs: number): Markup {
  return stamped(since, ms => length(Math.max(nowMs - ms, 0)))
}

/** "20 November 2026 at 16:11 UTC". */
export function moment(at: string): Markup {
  return stamped(at, ms => `${exact.format(ms)} UTC`)
}

/** "20 November 2026". */
export function day(at: string): Markup {
  return stamped(at, ms => dayOnly.format(ms))
}

/** A length in plain words: "2 hours", "90 minutes", "26 hours". A unit is used from two of it, or exactly one. */
export function length(ms: number): string {
  for (const [unit, size] of units) {
    if (ms === size || (unit === 'minute' && ms >= size && ms < 2 * size)) return `1 ${unit}`
    if (ms >= 2 * size) return `${Math.floor(ms / size)} ${unit}s`
  }
  return 'less than a minute'
}

/** "15 minutes", "hour", "2 days": what follows "every". */
export function cadence(mins: number): string {
  return length(mins * minuteMs).replace(/^1 /, '')
}

function relative(aheadMs: number): string {
  if (Math.abs(aheadMs) < minuteMs) return aheadMs > 0 ? 'in less than a minute' : 'just now'
  return aheadMs > 0 ? `in ${length(aheadMs)}` : `${length(-aheadMs)} ago`
}

function stamped(at: string, words: (ms: number) => string): Markup {
  const ms = Date.parse(at)
  return Number.isNaN(ms)
    ? html`${at}`
    : html`<time datetime="${at}" title="${exact.format(ms)} UTC">${words(ms)}</time>`
}
