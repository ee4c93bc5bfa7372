import { cliDriver } from './cli.ts'
import { clientDriver } from './client.ts'
import type { Driver } from './driver.ts'
import { httpDriver } from './http.ts'
import { libraryDriver } from './library.ts'
import { mcpDriver } from './mcp.ts'
import { routesDriver } from './routes.ts'
import { rpcDriver } from './rpc.ts'

/** Every interface: a new one is held to the others by being listed here. */
export const DRIVERS: readonly Driver[] = [
  libraryDriver,
  cliDriver,
  httpDriver,
  routesDriver,
  rpcDriver,
  mcpDriver,
  clientDriver,
]
