export { peoplePages, peopleRoutes } from './people.ts'
export { type PeoplePagesOptions } from './ports.ts'
