export { proveAgain } from './again.ts'
export {
  isOfProvenDomain,
  openDomains,
  organizationsOfDomain,
  proofDaysMax,
  type Challenge,
  type DomainPorts,
  type Domains,
  type ListedDomain,
} from './domains.ts'
