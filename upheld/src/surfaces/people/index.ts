export { type Entered, type PeopleParts } from './ports.ts'
export { noRole, peopleRoutes } from './routes.ts'
export { peopleSite, type PeopleSite } from './site.ts'
export { domainOf, furnishMembers, type FurnishedMembers } from './furnish/furnish.ts'
