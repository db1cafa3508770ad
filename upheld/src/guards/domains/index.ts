export {
  isOfProvenDomain,
  openDomains,
  proofDaysMax,
  type Challenge,
  type DomainPorts,
  type Domains,
} from './domains.ts'
