import { existsSync } from 'node:fs'
import { inRepository } from '../support/assets.ts'

/** Clients that are no devDependency: each is installed into a folder of its own, which git ignores. */
export const CLIENTS = {
  python: inRepository('test/clients/.environments/python'),
  cohere: inRepository('test/clients/.environments/cohere'),
  'mcp-inspector': inRepository('test/clients/.environments/mcp-inspector'),
  /** What fuzzes the API by its description. */
  schemathesis: inRepository('test/clients/.environments/schemathesis'),
  /** No clients: what judges the files of deploy/. */
  linters: inRepository('test/clients/.environments/linters'),
}

/** A file that is written once all of it is there. */
export const INSTALLED = 'installed'

export type Client = keyof typeof CLIENTS

/** The reason to skip what needs the client, or null where it is installed. */
export function missingClient(client: Client): string | null {
  return existsSync(`${CLIENTS[client]}/${INSTALLED}`) ? null : `not installed: npm run clients:${client}`
}
