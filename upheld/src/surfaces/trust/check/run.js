import { isObject } from './canonical.js'

// Fields of a leaf, and whether a run that calls itself upheld may: the word alone is worth nothing, whoever signed it.

/** @typedef {Record<string, unknown>} Leaf */

/** @param {Leaf} of @param {string} key @returns {string | undefined} */
export function text(of, key) {
  const value = of[key]
  return typeof value === 'string' ? value : undefined
}

/** @param {Leaf} of @param {string} key @returns {number | undefined} */
export function count(of, key) {
  const value = of[key]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** @param {Leaf} of @param {string} key @returns {Leaf | undefined} */
export function object(of, key) {
  const value = of[key]
  return isObject(value) ? value : undefined
}

/** @param {Leaf} of @param {string} key @returns {unknown[] | undefined} */
export function list(of, key) {
  const value = of[key]
  return Array.isArray(value) ? value : undefined
}

/** RFC 3339 in UTC as milliseconds since 1970. @param {Leaf} of @param {string} key @returns {number | undefined} */
export function time(of, key) {
  const said = text(of, key) ?? ''
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(said) ? Date.parse(said) : NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** How much of what the claim demands the run lacks. @param {Leaf} run @param {Leaf} definition */
export function doubtsOf(run, definition) {
  const least = count(definition, 'observationsMin') ?? Infinity
  const population = Object.values(object(run, 'population') ?? {})
  const sabotages = list(run, 'sabotages') ?? []
  const promised = names(definition)
  const lastsMs = (time(run, 'expires_at') ?? Infinity) - (time(run, 'started_at') ?? 0)
  return [
    run['reason'] === 'held',
    (count(run, 'observations') ?? 0) >= Math.max(1, least),
    count(run, 'observations_min') === least,
    population.length > 0 && population.every(size => typeof size === 'number' && size > 0),
    run['findings_total'] === 0 && list(run, 'findings')?.length === 0,
    run['untouched_twin'] === 'held',
    promised !== '' && names(run) === promised,
    sabotages.every(one => isObject(one) && one['outcome'] === 'caught'),
    allNoticed(sabotages, definition),
    (count(run, 'duration_ms') ?? Infinity) <= (count(definition, 'timeoutSecs') ?? 0) * 1000,
    lastsMs <= (count(definition, 'freshnessMins') ?? 0) * 60_000,
  ].filter(held => !held).length
}

/** @param {Leaf} of */
function names(of) {
  return (list(of, 'sabotages') ?? []).map(one => (isObject(one) ? text(one, 'name') : '')).join('\n')
}

/** Each sabotage was noticed by every instrument that the claim does not declare blind to it. @param {unknown[]} sabotages @param {Leaf} definition */
function allNoticed(sabotages, definition) {
  const instruments = (list(definition, 'instruments') ?? []).map(one => (isObject(one) ? text(one, 'name') : ''))
  if (instruments.length === 0) return true
  return (list(definition, 'sabotages') ?? []).every((one, place) => {
    const tried = sabotages[place]
    if (!isObject(one) || !isObject(tried)) return false
    const blind = Object.keys(object(one, 'beyond') ?? {})
    const needed = instruments.filter(name => name !== undefined && !blind.includes(name))
    const noticed = (list(tried, 'noticed') ?? []).map(entry => (Array.isArray(entry) ? String(entry[0]) : ''))
    return needed.length > 0 && needed.join() === noticed.join()
  })
}
