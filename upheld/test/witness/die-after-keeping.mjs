// Loaded before a witness: the process is killed the moment a head is in its place on the disk, before any answer.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const rename = fs.renameSync
fs.renameSync = (from, to) => {
  rename(from, to)
  if (String(to).includes('/heads/')) process.kill(process.pid, 'SIGKILL')
}
syncBuiltinESMExports()
