export { installPeople, peopleSchemas } from './install.ts'
export { peopleKernel } from './shipped.ts'
