export { type DestinationStream, type Logger, pino } from 'pino'
