// What a generated client does in a project that has the table `books` and the bucket `covers`; the answer is JSON.
// That it compiles under strict rules is half of the test: models, unions and errors have to have their types.
import * as api from './backend'
import { createClient } from './backend/client'

const { ENDPOINT: baseUrl = '', PROJECT = '', KEY = '' } = process.env
const project = { 'X-Appwrite-Project': PROJECT }
const books = { databaseId: 'library', tableId: 'books' }
const covers = { bucketId: 'covers' }
const MIB = 1024 * 1024

async function signIn() {
  const server = createClient({ baseUrl, headers: { ...project, 'X-Appwrite-Key': KEY } })
  const body = { email: 'flow@example.com', password: 'correct horse battery' }
  await api.accountCreate({ client: server, body: { userId: 'flow', name: 'Flow', ...body }, throwOnError: true })
  const session = await api.accountCreateEmailPasswordSession({ client: server, body, throwOnError: true })
  return createClient({ baseUrl, headers: { ...project, 'X-Appwrite-Session': session.data.secret } })
}

async function account(client: ReturnType<typeof createClient>) {
  const { data: user } = await api.accountGet({ client, throwOnError: true })
  const hash = user.hashOptions
  const prefs = await api.accountUpdatePrefs({ client, body: { prefs: { dark: true } }, throwOnError: true })
  const wrong = await api.accountUpdateName({ client, body: { name: '' } })
  return {
    name: user.name,
    hidden: hash === null || (hash.type === 'argon2' && hash.memoryCost > 0),
    prefs: prefs.data.prefs,
    wrong: [wrong.response?.status, wrong.error?.type],
  }
}

async function rows(client: ReturnType<typeof createClient>) {
  const body = { rowId: 'emma', data: { title: 'Emma' }, permissions: ['update("user:flow")', 'delete("user:flow")'] }
  const { data: made } = await api.tablesDbCreateRow({ client, path: books, body, throwOnError: true })
  const one = { ...books, rowId: 'emma' }
  const title = { data: { title: 'Persuasion' } }
  const { data: changed } = await api.tablesDbUpdateRow({ client, path: one, body: title, throwOnError: true })
  const query = { 'queries[]': [JSON.stringify({ method: 'limit', values: [1] })], total: false }
  const { data: found } = await api.tablesDbListRows({ client, path: books, query, throwOnError: true })
  const removed = await api.tablesDbDeleteRow({ client, path: one })
  const missing = await api.tablesDbGetRow({ client, path: one })
  return {
    made: 'rows' in made ? 'several' : made.$id,
    changed: changed.title,
    found: found.rows.map((row) => row.$id),
    removed: removed.response?.status,
    missing: missing.error?.type,
  }
}

async function files(client: ReturnType<typeof createClient>) {
  const small = new File(['a cover'], 'cover.txt', { type: 'text/plain' })
  const permissions = ['read("user:flow")', 'update("user:flow")']
  const body = { fileId: 'small', file: small, permissions, folder: 'a' }
  const { data: made } = await api.storageCreateFile({ client, path: covers, body, throwOnError: true })
  const path = { ...covers, fileId: 'small' }
  const { data: whole } = await api.storageGetFileDownload({ client, path, parseAs: 'blob', throwOnError: true })
  return { permissions: made.$permissions, folder: made.folder, whole: await whole.text(), large: await chunks(client) }
}

async function chunks(client: ReturnType<typeof createClient>) {
  const content = new Uint8Array(6 * MIB).fill(7)
  let id = ''
  let uploaded = 0
  for (let start = 0; start < content.length; start += 5 * MIB) {
    const end = Math.min(start + 5 * MIB, content.length)
    const range = { 'Content-Range': `bytes ${start}-${end - 1}/${content.length}` }
    const headers = id ? { ...range, 'X-Appwrite-ID': id } : range
    const body = { fileId: 'unique()', file: new File([content.slice(start, end)], 'large.bin') }
    const { data: made } = await api.storageCreateFile({ client, path: covers, body, headers, throwOnError: true })
    id = made.$id
    uploaded = made.chunksUploaded
  }
  return uploaded
}

async function main() {
  const client = await signIn()
  console.log(JSON.stringify({ account: await account(client), rows: await rows(client), files: await files(client) }))
}

main()
