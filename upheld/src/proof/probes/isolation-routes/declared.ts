import type { DeclaredRoute, Routes } from '../../../routes.ts'
import { nameOf, placesOf } from './draft.ts'

/** The application's own before those of the house: what is broken in them is met early. */
export function ownFirst(routes: readonly DeclaredRoute[]): readonly DeclaredRoute[] {
  return routes.toSorted((a, b) => Number(a.house === true) - Number(b.house === true))
}

/** What is wrong with a declaration, in words for whoever wrote it. An attack on half a route would prove half of it. */
export function problemsOf({ declared }: Routes): readonly string[] {
  const names = declared.map(nameOf)
  const twice = names.filter((name, at) => names.indexOf(name) !== at).map(name => `${name} is declared twice.`)
  return [...twice, ...declared.flatMap(problemsIn)]
}

function problemsIn(route: DeclaredRoute): string[] {
  const name = nameOf(route)
  const params = [...route.path.matchAll(/:(\w+)/g)].map(match => match[1] ?? '')
  const given = Object.keys(route.params ?? {})
  const problems = [
    ...params.filter(one => !given.includes(one)).map(one => `${name} says no value for :${one}.`),
    ...given.filter(one => !params.includes(one)).map(one => `${name} has no :${one} in its path.`),
    ...placesOf(route)
      .filter(({ kind }) => kind === '')
      .map(({ at }) => `${name} names no kind of id for the ${at}.`),
  ]
  if (!/^[A-Z]+$/.test(route.method)) problems.push(`${name}: a method is written in capitals.`)
  if (!route.path.startsWith('/')) problems.push(`${name}: a path begins with a slash.`)
  if (route.roles !== 'public' && route.roles.length === 0 && route.apart !== true)
    problems.push(`${name} is open to no role and not public.`)
  if (route.json !== undefined && route.form !== undefined) problems.push(`${name} takes both JSON and a form.`)
  if (route.files !== undefined && route.form === undefined) problems.push(`${name} takes files without a form.`)
  return problems
}
