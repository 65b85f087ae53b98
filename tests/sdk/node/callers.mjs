// Who calls with the Node.js SDK: nobody in particular, the server with its key, users on whose behalf it acts.
import { Account, Client, Databases, ID, TablesDB } from 'node-appwrite';
import { at, inWords } from './flow.mjs';

export const PASSWORD = 'correct horse battery';
export const guest = () => new Client().setEndpoint(at.endpoint).setProject(at.project);
export const server = () => guest().setKey(at.key);

/** A new user, signed in. A secret is shown to servers, which pass it on to who signs in through them. */
export async function user(email, userId = ID.unique()) {
  const account = new Account(server());
  await account.create({ userId, email, password: PASSWORD });
  const session = await account.createEmailPasswordSession({ email, password: PASSWORD });
  return guest().setSession(session.secret);
}

/** Calls databases in one of the two vocabularies. */
export const databasesOf = (client, tables) => inWords(tables ? new TablesDB(client) : new Databases(client), tables);

/** Work in a database `db` with a collection `books`, made for it; more for the collection may be given. */
export async function inNewDatabase(tables, work, more = {}) {
  const call = databasesOf(server(), tables);
  const where = { databaseId: 'db', collectionId: 'books' };
  await call('create', { databaseId: 'db', name: 'Database' });
  try {
    await call('createCollection', { ...where, name: 'Books', ...more });
    return await work(call, where);
  } finally {
    await call('delete', { databaseId: 'db' });
  }
}
