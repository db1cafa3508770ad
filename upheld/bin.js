#!/usr/bin/env node
// Plain JavaScript, so that an old Node can read it: goes on with the Node that is pinned beside it, or says what it lacks.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

const nodeMajorMin = 24
const main = new URL('./src/surfaces/cli/main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) await import(main.href)
else {
  const pinned = pinnedNode()
  if (pinned === undefined) {
    process.stderr.write(
      `upheld needs Node ${nodeMajorMin} or later; this is ${process.versions.node}.\nInstall it, or: npm install node@${nodeMajorMin}\n`,
    )
    process.exitCode = 70
  } else {
    const child = spawn(pinned, [main.pathname, ...process.argv.slice(2)], { stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.once('exit', (code, signal) => {
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
    })
  }
}

function pinnedNode() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return undefined
  }
}
