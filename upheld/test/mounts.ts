import { spawnSync } from 'node:child_process'

/** Whether this account may mount a small disk of its own, in a namespace that goes with the process: as `unshare` is told. */
export function mayMount(how: readonly string[] = ['-m', '--propagation', 'private']): boolean {
  const script = 'd=$(mktemp -d); mount -t tmpfs -o size=16k tmpfs "$d" && umount "$d"; met=$?; rmdir "$d"; exit $met'
  return spawnSync('unshare', [...how, 'sh', '-c', script], { stdio: 'ignore' }).status === 0
}
