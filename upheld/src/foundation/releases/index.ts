export { advisories, type Advisory } from './advisories.ts'
export {
  faultsOf,
  isNewer,
  oldestMajor,
  parseRelease,
  releaseName,
  standingOf,
  type Release,
  type Standing,
} from './releases.ts'
