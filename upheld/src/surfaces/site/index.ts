export { openSite, routesOfSite, type SiteOptions } from './site.ts'
