import { html } from 'hono/html'
import type { Markup } from '../look/index.ts'

const steps: readonly (readonly [secs: number, unit: string])[] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** `3 minutes ago`, `in 2 hours`, with the moment itself for programs and on a long look. */
export function when(at: Date | string, now: Date): Markup {
  const moment = typeof at === 'string' ? new Date(at) : at
  const secs = Math.round((moment.getTime() - now.getTime()) / 1000)
  const [size, unit] = steps.find(([one]) => Math.abs(secs) >= one) ?? [1, 'second']
  const many = Math.round(Math.abs(secs) / size)
  const words = `${many} ${unit}${many === 1 ? '' : 's'}`
  const said = secs === 0 ? 'now' : secs < 0 ? `${words} ago` : `in ${words}`
  const iso = moment.toISOString()
  return html`<time datetime="${iso}" title="${iso.slice(0, 19).replace('T', ' ')} UTC">${said}</time>`
}

export function duration(mins: number): string {
  return mins % 60 === 0 && mins >= 60 ? `${mins / 60} ${mins === 60 ? 'hour' : 'hours'}` : `${mins} minutes`
}
