import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { messageOf } from '../core/errors.ts'

/** Nothing leaves this machine: no update, no sync, no background request. Root may run it, hence no sandbox. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
]

export type BrowserFound =
  | { readonly browser: Browser }
  /** Neither browser runs here: the reason of each, for the test's skip message. */
  | { readonly reason: string }

/**
 * A Chromium for tests, with packages that are looked for only when it is asked for: the one that npm brings, else the one on PATH. The caller closes it.
 * At most 30 s for each candidate. The processes of one user share one unpacked copy.
 */
export async function testBrowser(): Promise<BrowserFound> {
  const reasons: string[] = []
  for (const [name, find] of candidates) {
    try {
      const executablePath = await find()
      const { chromium } = await import('playwright-core')
      const browser = await chromium.launch({ executablePath, args: flags, timeout: 30_000 })
      return { browser }
    } catch (failure) {
      reasons.push(`${name}: ${messageOf(failure).split('\n', 1).join('')}`)
    }
  }
  return { reason: `no Chromium runs here (${reasons.join('; ')})` }
}

const candidates: readonly (readonly [name: string, find: () => string | Promise<string>])[] = [
  ['@sparticuz/chromium', unpacked],
  ['chromium on PATH', onPath],
]

/**
 * The package unpacks into the temporary folder and takes a half-written file for a whole one. So it unpacks into
 * a folder of our own, which gets its final name in one step when it is complete.
 */
async function unpacked(): Promise<string> {
  const home = join(tmpdir(), `upheld-chromium-${userInfo().uid}`)
  const binary = join(home, 'chromium')
  if (existsSync(binary)) return binary
  const draft = mkdtempSync(`${home}-`)
  const before = process.env['TMPDIR']
  try {
    process.env['TMPDIR'] = draft
    const { default: sparticuz } = await import('@sparticuz/chromium')
    await sparticuz.executablePath()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
  try {
    renameSync(draft, home)
  } catch (failure) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(binary)) throw failure
  }
  return binary
}

function onPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders
    .flatMap(folder => ['chromium', 'chromium-browser', 'google-chrome'].map(name => join(folder, name)))
    .find(path => existsSync(path))
  if (found === undefined) throw new Error('not found')
  return found
}
