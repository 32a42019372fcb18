import base from './playwright.config.ts'

export default { ...base, testDir: './shots', timeout: 900_000 }
