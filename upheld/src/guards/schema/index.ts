export { installPeople } from './install.ts'
export { peopleKernel } from './shipped.ts'
