export { orderDesk, type Act, type OrderDesk, type ProverSeen, type Waiting } from './desk.ts'
export { installOrders } from './install.ts'
export type { Order, OrderOutcome, Step, StepWord } from './order.ts'
export { orderTaker, type OrderTaker, type TakerPorts } from './taker.ts'
