/** Opens a file as a double click does. */
import { spawn } from 'node:child_process'

export interface Opener {
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
}

/** Whether an opener was started; false on a machine without a screen or opener. */
export async function openFile(file: string, { platform, env }: Opener): Promise<boolean> {
  const hasScreen = platform === 'darwin' || platform === 'win32' || env.DISPLAY || env.WAYLAND_DISPLAY
  if (!hasScreen) return false
  const [command, args] = openerOf(platform, file)
  const child = spawn(command, args, { stdio: 'ignore', detached: true, env })
  child.unref()
  return new Promise(resolve => {
    child.once('spawn', () => resolve(true))
    child.once('error', () => resolve(false))
  })
}

function openerOf(platform: NodeJS.Platform, file: string): [command: string, args: string[]] {
  if (platform === 'darwin') return ['open', [file]]
  if (platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', file]]
  return ['xdg-open', [file]]
}
