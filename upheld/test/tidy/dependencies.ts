import { files, read, type Offense } from './source.ts'

interface Dependency {
  readonly at: string
  readonly name: string
  readonly version: string
  readonly runtime: boolean
  /** Somebody else installs it, in a version of their own. */
  readonly peer?: boolean
}

const fields = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies']

/** Every line of every package.json of ours. */
export function dependencies(): Dependency[] {
  return files()
    .filter(path => /(^|\/)package\.json$/.test(path))
    .flatMap(at => {
      const manifest: unknown = JSON.parse(read(at))
      return fields.flatMap(field =>
        textEntries(manifest, field).map(([name, version]) => ({
          at,
          name,
          version,
          runtime: field !== 'devDependencies',
          peer: field === 'peerDependencies',
        })),
      )
    })
}

function textEntries(manifest: unknown, field: string): [string, string][] {
  if (typeof manifest !== 'object' || manifest === null) return []
  const value: unknown = Object.entries(manifest).find(([key]) => key === field)?.[1]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, version]) => [name, String(version)])
}

export function inexact(all: readonly Dependency[]): Offense[] {
  return all
    .filter(one => one.peer !== true)
    .filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) && version !== '*')
    .map(({ at, name, version }) => ({ at, says: `${name} ${version}: write the exact version` }))
}

/** A peer's range begins with the version that the tests run with, which its devDependency names, and has an end. */
export function untested(all: readonly Dependency[]): Offense[] {
  const own = new Map(all.filter(one => !one.runtime).map(one => [`${one.at} ${one.name}`, one.version]))
  return all
    .filter(one => one.peer === true)
    .filter(({ at, name, version }) => {
      const range = /^>=(\d+\.\d+\.\d+) <\d+\.\d+\.\d+$/.exec(version)
      return range === null || range[1] !== own.get(`${at} ${name}`)
    })
    .map(({ at, name, version }) => ({
      at,
      says: `${name} ${version}: write >= the version of its devDependency, and < the next that may break`,
    }))
}

/** A line explains a package when its first cell names it: "| `zod` | why | what would replace it |". */
export function unexplained(all: readonly Dependency[], page: string): Offense[] {
  const own = new Set(['upheld', 'desk'])
  const runtime = new Set(all.filter(one => one.runtime && !own.has(one.name)).map(one => family(one.name)))
  const explained = new Set([...page.matchAll(/^\| `([^`]+)`/gm)].map(match => match[1] ?? ''))
  return [
    ...[...runtime]
      .filter(name => !explained.has(name))
      .map(name => `${name} has no line: why, and what would replace it`),
    ...[...explained].filter(name => !runtime.has(name)).map(name => `${name} has a line, but nobody depends on it`),
  ].map(says => ({ at: 'DEPENDENCIES.md', says }))
}

/** One package in several builds, one for each platform, is explained once. */
function family(name: string): string {
  return name.replace(/\/(linux|darwin|windows)-\w+$/, '')
}
