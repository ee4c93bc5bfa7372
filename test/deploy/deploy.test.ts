import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { SETTINGS } from '../../src/core/settings.ts'
import { CLIENTS, missingClient } from '../clients/environments.ts'
import { inRepository } from '../support/assets.ts'

const read = (name: string) => readFileSync(inRepository(`deploy/${name}`), 'utf8')
const missing = missingClient('linters')
const without = missing === null ? '' : ` [skipped: linters are ${missing}]`
const lint = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(join(CLIENTS.linters, 'bin', program), args, { encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}
/** Variables of Semdex's that a file sets. */
const variables = (text: string) => [...text.matchAll(/\b(SEMDEX_\w+)=/g)].map(([, name]) => name)
const known = SETTINGS.map(({ variable }) => variable)

describe('the image', () => {
  const text = read('Dockerfile')
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const stages = lines.reduce<string[][]>((all, line) => {
    if (line.startsWith('FROM ')) all.push([])
    all.at(-1)?.push(line)
    return all
  }, [])
  const last = stages.at(-1) as string[]

  test.skipIf(missing)(`is written as hadolint asks for${without}`, () => {
    expect(lint('hadolint', '--no-color', inRepository('deploy/Dockerfile'))).toEqual({ status: 0, said: '' })
  })

  test('takes only what is in the repository and what its context lets through', () => {
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) =>
        line
          .split(/\s+/)
          .slice(1, -1)
          .map((name) => name.replace(/\/$/, '')),
      )
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.filter((name) => !existsSync(inRepository(name)))).toEqual([])
    const through = read('Dockerfile.dockerignore').split('\n').filter(Boolean)
    expect(through[0]).toBe('*')
    expect(sources.filter((name) => !through.includes(`!${name}`))).toEqual([])
  })

  test('runs no script of a package, keeps the developers tools out, and is nobody that may do more', () => {
    for (const line of lines.filter((each) => each.includes('npm ci'))) expect(line).toContain('--ignore-scripts')
    expect(stages.at(-2)?.join('\n')).toContain('--omit=dev')
    expect(last.findLast((line) => line.startsWith('USER '))).toBe('USER 1000:1000')
    expect(last.some((line) => line.startsWith('HEALTHCHECK ') && line.includes('/healthz'))).toBe(true)
    expect(last).toContain('VOLUME /data')
  })

  test('sets settings that there are, and starts a Node that is new enough', () => {
    expect(variables(text).length).toBeGreaterThan(3)
    expect(variables(text).filter((name) => !known.includes(name as string))).toEqual([])
    for (const [from] of stages)
      expect(Number(/^FROM node:(\d+)-/.exec(from as string)?.[1])).toBeGreaterThanOrEqual(22)
  })
})

describe('the compose file', () => {
  const { services, volumes, secrets, configs } = parse(read('compose.yaml'))

  test.skipIf(missing)(`holds to the compose specification${without}`, () => {
    const { status, said } = lint(
      'check-jsonschema',
      '--builtin-schema',
      'vendor.compose-spec',
      inRepository('deploy/compose.yaml'),
    )
    expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('ok') })
  })

  test('says of each service how it is watched, and names only volumes, secrets and files that there are', () => {
    for (const { healthcheck, volumes: mounts = [], secrets: used = [], configs: given = [] } of Object.values<Service>(
      services,
    )) {
      expect(healthcheck.test.length).toBeGreaterThan(1)
      expect(mounts.map((mount) => mount.split(':')[0]).filter((name) => !((name as string) in volumes))).toEqual([])
      expect(used.filter((name) => !(name in secrets))).toEqual([])
      expect(given.filter(({ source }) => !(source in configs))).toEqual([])
    }
    expect(existsSync(inRepository(services.server.build.dockerfile))).toBe(true)
  })

  test('publishes the server to this machine alone, and no password', () => {
    expect(services.server.ports).toEqual(['127.0.0.1:7333:7333'])
    expect(services.postgres.ports).toBeUndefined()
    expect(services.postgres.environment).toHaveProperty('POSTGRES_PASSWORD_FILE')
    expect(services.postgres.environment).not.toHaveProperty('POSTGRES_PASSWORD')
  })
})

interface Service {
  healthcheck: { test: string[] }
  volumes?: string[]
  secrets?: string[]
  configs?: { source: string }[]
}

describe('the unit of systemd', () => {
  const text = read('semdex.service')
  const version = /systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '')
  const absent = version ? '' : ' [skipped: there is no systemd-analyze]'
  const old = version && Number(version[1]) < 250 ? ' [skipped: systemd-analyze cannot judge a file]' : absent

  /** With a program that is there, since the command is not installed where tests run. */
  function withUnit<T>(use: (path: string) => T): T {
    const folder = mkdtempSync(join(tmpdir(), 'semdex-unit-'))
    const path = join(folder, 'semdex.service')
    writeFileSync(path, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
    try {
      return use(path)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test.skipIf(absent)(`is one that systemd takes${absent}`, () => {
    const { status, stderr } = withUnit((path) => spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' }))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test.skipIf(old)(`leaves little that it could do${old}`, () => {
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager']
    const { status, stdout } = withUnit((path) => spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' }))
    expect(stdout).toMatch(/Overall exposure level for semdex\.service: 1\.\d OK/)
    expect(status).toBe(0)
  })

  test('sets settings that there are, keeps its data, and lets V8 compile', () => {
    expect(variables(text)).toEqual(['SEMDEX_DB', 'SEMDEX_CACHE'])
    expect(variables(text).filter((name) => !known.includes(name as string))).toEqual([])
    for (const line of [
      'DynamicUser=yes',
      'StateDirectory=semdex',
      'MemoryDenyWriteExecute=no',
      'Restart=on-failure',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
  })
})
