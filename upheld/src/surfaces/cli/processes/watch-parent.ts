import { workerData } from 'node:worker_threads'
import { z } from 'zod'

const { parent } = z.strictObject({ parent: z.number() }).parse(workerData)
/** How long a child with a working event loop may take to end by itself after its supervisor is gone. */
const graceSecs = 15
let goneSecs = 0

setInterval(() => {
  goneSecs = process.ppid === parent ? 0 : goneSecs + 1
  if (goneSecs > graceSecs) process.kill(process.pid, 'SIGKILL')
}, 1000)
