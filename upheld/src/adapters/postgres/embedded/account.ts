import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { refuse } from './errors.ts'

/** Who Postgres runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
  readonly name: string
  /** True when we are root and become somebody else for Postgres. */
  readonly other: boolean
}

/**
 * Ourselves, or as root the first of `postgres` and `nobody` that we can really become: a container may have neither,
 * and a user namespace may know the name and still refuse the number.
 * @throws embedded.no_account, embedded.no_name
 */
export function accountToRunAs(): Account {
  const uid = process.getuid?.()
  const gid = process.getgid?.()
  if (uid === undefined || gid === undefined)
    throw refuse.no_account({ detail: `${process.platform} is not supported.` })
  if (uid !== 0) return { uid, gid, name: ownName(uid), other: false }
  const accounts = readAccounts('/etc/passwd')
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find(entry => entry.name === name)
    if (account !== undefined && runAs(account, '/bin/sh', ['-c', ':']).status === 0) return account
  }
  throw refuse.no_account()
}

/** Runs a program to its end, in English, with nothing of our environment. `input` is what it reads. */
export function runAs(account: Account, program: string, words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(program, words, {
    ...identity(account),
    cwd: '/',
    env: plainEnvironment,
    encoding: 'utf8',
    timeout: 120_000,
  })
}

/** What `spawn` takes to become the account. */
export function identity(account: Account): { readonly uid?: number; readonly gid?: number } {
  return account.other ? { uid: account.uid, gid: account.gid } : {}
}

/** No PGDATA, no LD_PRELOAD, no language: the server's messages are read by us and must not change with the terminal. */
export const plainEnvironment: Readonly<Record<string, string>> = Object.freeze({
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
})

function ownName(uid: number): string {
  try {
    return userInfo().username
  } catch (cause) {
    throw refuse.no_name({
      detail: `It is user ${uid}.`,
      cause,
    })
  }
}

function readAccounts(path: string): readonly Account[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap(line => {
    const [name, , uid, gid] = line.split(':')
    const account = { name: name ?? '', uid: Number(uid), gid: Number(gid), other: true }
    return account.name !== '' && account.uid > 0 && Number.isInteger(account.gid) ? [account] : []
  })
}
