import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Made {
  Links: { Name: string; URL: string }[]
  Accounts: { Email: string; Name: string; Role: string }[]
}

/** What the tests need to know of the demonstration that runs beside them. */
export interface Demo {
  base: string
  made: Made
}

export const password = 'kind-words-travel'

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

async function ready(url: string, ended: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (ended()) throw new Error('the demonstration ended before it was ready')
    try {
      if ((await fetch(url)).ok) return
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error('the demonstration did not become ready')
}

/**
 * Starts the real binary with a year of invented history and stops it after the last test. GOODWORD_E2E names one that runs
 * already, GOODWORD_BINARY another binary than the one that make builds.
 */
export default async function start(): Promise<() => Promise<void>> {
  if (process.env.GOODWORD_E2E !== undefined) return () => Promise.resolve()
  const dir = mkdtempSync(join(tmpdir(), 'goodword-e2e-'))
  const port = await freePort()
  const child = spawn(process.env.GOODWORD_BINARY ?? join(import.meta.dirname, '../../bin/goodword'), ['demo', '--dir', dir, '--addr', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let ended = false
  child.on('exit', () => (ended = true))
  const base = `http://localhost:${port}`
  await ready(`${base}/readyz`, () => ended)
  const made = JSON.parse(readFileSync(join(dir, 'demo.json'), 'utf8')) as Made
  process.env.GOODWORD_E2E = JSON.stringify({ base, made } satisfies Demo)
  return async () => {
    if (!ended) {
      const gone = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGTERM')
      await gone
    }
    rmSync(dir, { recursive: true, force: true })
  }
}

export function demo(): Demo {
  const text = process.env.GOODWORD_E2E
  if (text === undefined) throw new Error('the demonstration is not running')
  return JSON.parse(text) as Demo
}
