import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { refuse } from '../errors.ts'

const bytesMax = 8_192

/**
 * The token of Vault or OpenBao, read anew for each call: an agent renews it in place. The agent may be another
 * account, so the file may be its own and may be read by a group, but not by everybody.
 * @throws kms.bad_options; never with what is in the file
 */
export function readToken(path: string): string {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw refuse.bad_options({ detail: `The file of the token, ${path}, cannot be read.`, cause })
  }
  try {
    const found = fstatSync(fd)
    if (!found.isFile() || found.size > bytesMax) {
      throw refuse.bad_options({ detail: `${path} is no file with a token.` })
    }
    if ((found.mode & 0o007) !== 0) {
      throw refuse.bad_options({ detail: `Everybody may use the token in ${path}: set it right with chmod o-rwx.` })
    }
    const token = readFileSync(fd, 'latin1').trim()
    if (!/^[\x21-\x7e]{1,8000}$/.test(token)) throw refuse.bad_options({ detail: `${path} holds no token.` })
    return token
  } finally {
    closeSync(fd)
  }
}
