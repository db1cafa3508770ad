import { files, read, type Offense } from './source.ts'

interface Dependency {
  readonly at: string
  readonly name: string
  readonly version: string
  readonly runtime: boolean
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
    .filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) && version !== '*')
    .map(({ at, name, version }) => ({ at, says: `${name} ${version}: write the exact version` }))
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
