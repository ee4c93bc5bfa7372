export { tryLock } from '../models/transfer/lock.ts'
