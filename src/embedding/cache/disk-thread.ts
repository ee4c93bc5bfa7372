import { serveThread } from '../../sqlite/thread.ts'
import diskModule from './disk-module.ts'

serveThread(diskModule)
