import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const modules = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
]

/** A token in a folder of its own. */
export interface SoftToken {
  readonly module: string
  readonly label: string
  readonly pin: string
  readonly pinFile: string
  /** Makes an AES key in the token. */
  addKey(label: string, id: number, options?: readonly string[]): void
  removeKey(label: string, id: number): void
  close(): void
}

/** Why PKCS#11 cannot be tried here; false when it can. Builds what the package brings as source, once. */
export function withoutPkcs11(): string | false {
  if (!modules.some(existsSync)) return 'SoftHSM is not installed: apt-get install softhsm2'
  if (spawnSync('pkcs11-tool', ['--help']).error !== undefined)
    return 'pkcs11-tool is not there: apt-get install opensc'
  return built() ? false : 'pkcs11js is not built, and could not be: a C++ compiler and the headers of Node are needed'
}

/** npm is told not to build it, so that nobody needs a compiler to install Upheld. */
function built(): boolean {
  const folder = dirname(createRequire(import.meta.url).resolve('pkcs11js'))
  const binding = join(folder, 'build', 'Release', 'pkcs11.node')
  if (existsSync(binding)) return true
  const headers = [join(dirname(process.execPath), '..', 'include', 'node'), '/usr/include/node'].find(existsSync)
  if (headers === undefined) return false
  mkdirSync(dirname(binding), { recursive: true })
  const draft = `${binding}.${process.pid}`
  const sources = ['dl', 'common', 'main'].map(name => join(folder, 'src', `${name}.cpp`))
  const flags = ['-std=c++17', '-O1', '-shared', '-fPIC', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DBUILDING_NODE_EXTENSION']
  const run = spawnSync(
    'g++',
    [...flags, `-I${headers}`, `-I${join(folder, 'includes')}`, ...sources, '-ldl', '-o', draft],
    {
      encoding: 'utf8',
    },
  )
  if (run.status !== 0) return false
  execFileSync('mv', [draft, binding])
  return true
}

/** SoftHSM reads where its tokens are from the environment, once: call it before anything loads the module. */
export function startSoftToken(): SoftToken {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-softhsm-'))
  const [tokens, conf, pinFile] = [join(folder, 'tokens'), join(folder, 'softhsm2.conf'), join(folder, 'pin')]
  mkdirSync(tokens, { mode: 0o700 })
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  process.env['SOFTHSM2_CONF'] = conf
  const [label, pin] = ['upheld-test', randomBytes(8).toString('hex')]
  writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 })
  const module = modules.find(existsSync) ?? ''
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', pin], {
    stdio: 'ignore',
  })
  const tool = (args: readonly string[]): void => {
    execFileSync('pkcs11-tool', ['--module', module, '--token-label', label, '--login', '--pin', pin, ...args], {
      stdio: 'ignore',
    })
  }
  const idOf = (id: number): string => id.toString(16).padStart(2, '0')
  return {
    module,
    label,
    pin,
    pinFile,
    addKey: (name, id, options = ['--sensitive']) =>
      tool(['--keygen', '--key-type', 'AES:32', '--label', name, '--id', idOf(id), ...options]),
    removeKey: (name, id) => tool(['--delete-object', '--type', 'secrkey', '--label', name, '--id', idOf(id)]),
    close: () => rmSync(folder, { recursive: true }),
  }
}
