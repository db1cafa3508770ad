// Run before every command: makes sure that what the lock file names is installed, and that our own Node is there.
// Plain JavaScript without a dependency, for Node 20 and later: it is what a fresh clone can run.
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const root = import.meta.dirname ?? new URL('.', import.meta.url).pathname
const modules = join(root, 'node_modules')
const ownNode = join(modules, '.bin', 'node')
const nodeMajorMin = 24
const state = join(root, '.upheld')
const ticketForm = /^install\.(\d+)\.([0-9a-f]{16})$/
const waitMinsMax = 15

/** Something that the person at the terminal can mend. */
class Problem extends Error {}

try {
  if (missing() !== undefined) await install()
  checkNode()
} catch (error) {
  console.error(`\n${error instanceof Problem ? error.message : error.stack}\n`)
  process.exitCode = 1
}

/** The first package that is not installed as package-lock.json says, or is there and should not be. */
function missing() {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(join(modules, '.package-lock.json'))
  for (const [path, entry] of wanted) {
    const found = installed.get(path)
    // Packages for other platforms are optional and absent.
    if (found === undefined && entry.optional === true) continue
    if (found === undefined) return path
    if (found.version !== entry.version || found.integrity !== entry.integrity) return path
  }
  return [...installed.keys()].find(path => !wanted.has(path))
}

function packagesOf(path) {
  try {
    const { packages } = JSON.parse(readFileSync(path, 'utf8'))
    return new Map(Object.entries(packages).filter(([name]) => name.includes('node_modules/')))
  } catch {
    return new Map()
  }
}

/** One process installs; the others wait for it, also when it was killed and only its npm is still at work. */
async function install() {
  const release = await takeTurn()
  try {
    if (missing() === undefined) return
    console.error('Installing what Upheld needs: npm ci. This takes a minute or two.')
    await npmCi()
    const left = missing()
    if (left !== undefined) throw new Problem(`npm ci ended well, and yet ${left} is not as package-lock.json says.`)
  } finally {
    release()
  }
}

async function npmCi() {
  // npm removes node_modules first, and with it the node that is found there: it must run on the one outside.
  const path = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'))
  const child = spawn(
    'npm',
    ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      env: { ...process.env, PATH: path.join(delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => said.push(chunk))
  const release = child.pid === undefined ? () => {} : writeTicket(child.pid)
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (code !== 0)
      throw new Problem(`npm ci failed (${code ?? 'killed'}). It said:\n\n${tail(Buffer.concat(said).toString())}`)
  } catch (error) {
    if (error.code === 'ENOENT') throw new Problem('npm was not found. It comes with Node.js: https://nodejs.org')
    throw error
  } finally {
    release()
  }
}

function tail(text) {
  return text.trim().split('\n').slice(-25).join('\n')
}

/**
 * A turn is held by a ticket, a file named after a process. Whoever finds no other living ticket after writing its own
 * has the turn: of two that come together at least one sees the other, steps back, and tries again a little later.
 */
async function takeTurn() {
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 })
    const steps = (waitMinsMax * 60_000) / 400
    for (let step = 0; step < steps; step++) {
      const release = writeTicket(process.pid)
      if (!othersAreAtWork()) return release
      release()
      if (step === 10) console.error('Another process is installing; waiting for it.')
      await pause(randomInt(200, 600))
    }
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM', 'ENOSPC', 'ENOTDIR', 'EEXIST'].includes(error.code))
      throw new Problem(`${state} cannot be written: ${error.message}`)
    throw error
  }
  throw new Problem(
    `Another process has been installing for ${waitMinsMax} minutes. End it, or remove ${state}/install.*`,
  )
}

function writeTicket(pid) {
  const ticket = join(state, `install.${pid}.${birthOf(pid)}`)
  writeFileSync(ticket, '')
  return () => rmSync(ticket, { force: true })
}

function othersAreAtWork() {
  const others = readdirSync(state).flatMap(name => {
    const [ticket, pid, birth] = ticketForm.exec(name) ?? []
    return ticket === undefined || Number(pid) === process.pid
      ? []
      : [{ ticket, alive: birthOf(Number(pid)) === birth }]
  })
  for (const { ticket, alive } of others) if (!alive) rmSync(join(state, ticket), { force: true })
  return others.some(({ alive }) => alive)
}

/** Tells a living process from a later one with the same id; empty when there is none. */
function birthOf(pid) {
  const text =
    process.platform === 'linux'
      ? linuxBirth(pid)
      : spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).stdout
  return text === undefined || text === null || text.trim() === ''
    ? ''
    : createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function linuxBirth(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')}${fields[19]}`
  } catch {
    return undefined
  }
}

function checkNode() {
  const answer = spawnSync(ownNode, ['--version'], { encoding: 'utf8' })
  const major = Number(/^v(\d+)\./.exec(answer.stdout ?? '')?.[1] ?? 0)
  if (major >= nodeMajorMin) return
  const found = major === 0 ? 'does not answer' : `is only ${answer.stdout.trim()}`
  throw new Problem(
    `The Node.js that Upheld brings along ${found}: ${ownNode}\n` +
      'npm puts it there by an install script, and skips that when it is told --ignore-scripts.\n' +
      'Run: npm rebuild --ignore-scripts=false',
  )
}
