import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { SemdexError } from '../../../core/errors.ts'
import { launchCommand } from '../../mcp/install/command.ts'
import {
  type FileChange,
  type Installation,
  planChange,
  planInstallation,
  writeChange,
} from '../../mcp/install/install.ts'
import { CLIENT_NAMES, type ClientName } from '../../mcp/install/names.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** Prints a client's configuration, shows what installing would change, or installs. */
export async function mcpInstallCommand(call: Call): Promise<number> {
  const { flags, output } = call
  const plan = planFor(call)
  if (!flags.write && !flags['dry-run']) {
    await answer(call, plan.text, { ...plan, written: false })
    output.note(`It belongs into ${plan.file}; semdex mcp install ${plan.client} --write puts it there.`)
    return EXIT.ok
  }
  const change = await planChange(plan)
  if (change.lines.length === 0) {
    await answer(call, '', { ...plan, written: false, change: [] })
    output.note(`${plan.file} has it already.`)
    return EXIT.ok
  }
  return flags['dry-run'] ? showChange(call, plan, change) : install(call, plan, change)
}

async function showChange(call: Call, plan: Installation, { before, lines }: FileChange): Promise<number> {
  const head = before === null ? `New file ${plan.file}` : `Change of ${plan.file}`
  await answer(call, `${head}\n${lines.join('\n')}\n`, { ...plan, written: false, change: lines })
  return EXIT.ok
}

async function install(call: Call, plan: Installation, change: FileChange): Promise<number> {
  const backup = await writeChange(plan.file, change, new Date())
  const kept = backup === null ? '' : `The file as it was: ${backup}\n`
  const text = `${plan.title} starts semdex mcp now, by ${plan.file}.\n${kept}${plan.afterwards}.\n`
  await answer(call, text, { ...plan, written: true, change: change.lines, backup })
  return EXIT.ok
}

async function answer({ output }: Call, text: string, json: object): Promise<void> {
  await output.data(output.json ? `${JSON.stringify(json)}\n` : text)
}

function planFor({ positionals: [name = ''], flags, configuration }: Call): Installation {
  if (!isClient(name)) throw unknownClient(name)
  const machine = { platform: process.platform, home: homedir(), workingDirectory: process.cwd() }
  const args = ['mcp']
  if (configuration.origins.database !== 'default') args.push('--db', configuration.values.database)
  if (typeof flags.config === 'string') args.push('--config', resolve(flags.config))
  if (flags.access !== undefined && flags.access !== 'write') args.push('--access', String(flags.access))
  const installed = {
    platform: process.platform,
    node: process.execPath,
    binary: realpathSync(process.argv[1] ?? ''),
  }
  const file = typeof flags.file === 'string' ? resolve(flags.file) : undefined
  return planInstallation(name, launchCommand(installed, args), machine, file)
}

function isClient(name: string): name is ClientName {
  return (CLIENT_NAMES as readonly string[]).includes(name)
}

function unknownClient(name: string): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: `There is no configuration for ${name}; the clients are ${CLIENT_NAMES.join(', ')}.`,
    fix: 'Another client starts the command that semdex mcp install cursor prints',
    details: { field: 'client', known: CLIENT_NAMES },
  })
}
