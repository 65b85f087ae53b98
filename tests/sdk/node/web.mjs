// The web SDK in pages of browsers, as users meet it.
import { Account, Client, Databases, ID, Permission, Query, Role, TablesDB, Teams } from 'appwrite';
import { Page } from './browser.mjs';
import { at, dataOf, inWords, refusal, run } from './flow.mjs';

const PASSWORD = 'correct horse battery';
const notes = { databaseId: 'main', collectionId: 'notes' };
const client = () => new Client().setEndpoint(at.endpoint).setProject(at.project);

/** A user signs up and in, and reads back what that user may see, and no more. The server has made the database. */
async function firstUse({ origin, cookies }) {
  const home = new Page(origin, { cookies }).open();
  const account = new Account(client());
  const databases = new Databases(client());
  await account.create({ userId: 'ada', email: 'ada@example.com', password: PASSWORD, name: 'Ada' });
  const session = await account.createEmailPasswordSession({ email: 'ada@example.com', password: PASSWORD });
  const me = await account.get();
  const note = await databases.createDocument({ ...notes, documentId: ID.unique(), data: { text: 'Buy milk' } });
  const changed = await databases.updateDocument({ ...notes, documentId: note.$id, data: { done: true } });
  const seen = async () => (await databases.listDocuments(notes)).documents.map((document) => document.text);
  const byAda = await seen();

  new Page(origin, { cookies }).open();
  const byGuest = await seen();
  await account.create({ userId: 'eve', email: 'eve@example.com', password: PASSWORD });
  await account.createEmailPasswordSession({ email: 'eve@example.com', password: PASSWORD });
  const byEve = await seen();
  const refused = await refusal(databases.getDocument({ ...notes, documentId: note.$id }));

  home.open();
  const kept = { stored: home.storedNames, cookies: home.cookieNames };
  await account.deleteSession({ sessionId: 'current' });
  return {
    me: me.name, secret: session.secret, note: dataOf(note), permissions: note.$permissions, changed: dataOf(changed),
    seen: { ada: byAda, guest: byGuest, eve: byEve }, refused, kept,
    left: { cookies: home.cookieNames, get: await refusal(account.get()) },
  };
}

async function account() {
  new Page('http://localhost:3000').open();
  const own = new Account(client());
  const login = { email: 'grace@example.com', password: PASSWORD };
  await own.create({ userId: 'grace', ...login });
  await own.createEmailPasswordSession(login);
  const prefs = await own.updatePrefs({ prefs: { theme: 'dark' } });
  const named = await own.updateName({ name: 'Grace' });
  const { jwt } = await own.createJWT();
  const { sessions } = await own.listSessions();

  new Page('http://localhost:3000').open();
  const byJwt = await new Account(client().setJWT(jwt)).get();
  const guest = new Account(client());
  return {
    prefs: prefs.prefs, name: named.name, current: sessions.map((session) => session.current), byJwt: byJwt.$id,
    refused: {
      guest: await refusal(guest.get()),
      taken: await refusal(guest.create({ userId: ID.unique(), ...login })),
      wrong: await refusal(guest.createEmailPasswordSession({ ...login, password: 'wrong password' })),
      email: await refusal(guest.create({ userId: ID.unique(), email: 'grace', password: PASSWORD })),
    },
  };
}

/** Documents in both vocabularies, as far as users have them. */
async function documents({ tables }) {
  new Page('http://localhost:3000').open();
  const account = new Account(client());
  const login = { email: `doc-${tables}@example.com`, password: PASSWORD };
  const { $id: userId } = await account.create({ userId: ID.unique(), ...login });
  await account.createEmailPasswordSession(login);
  const call = inWords(tables ? new TablesDB(client()) : new Databases(client()), tables);
  const one = { ...notes, documentId: `of-${tables}` };
  const made = await call('createDocument', { ...one, data: { text: 'Mine' }, permissions: [Permission.read(Role.user(userId))] });
  const found = await call.list('listDocuments', { ...notes, queries: [Query.equal('text', 'Mine'), Query.select(['text'])] });
  const mine = { ...notes, documentId: ID.unique() };
  const other = await call('upsertDocument', { ...mine, data: { text: 'Mine, too' } });
  const deleted = await call('deleteDocument', { ...notes, documentId: other.$id });
  const foreign = { ...notes, documentId: ID.unique(), data: { text: 'x' }, permissions: [Permission.read(Role.user('eve'))] };
  return {
    made: dataOf(made), found: found.map(dataOf), other: other.text, deleted,
    refused: {
      update: await refusal(call('updateDocument', { ...one, data: { done: true } })),
      internal: await refusal(call('getDocument', { ...notes, documentId: 'internal' })),
      foreign: await refusal(call('createDocument', foreign)),
      query: await refusal(call('listDocuments', { ...notes, queries: [Query.equal('author', 'x')] })),
    },
  };
}

async function teams() {
  new Page('http://localhost:3000').open();
  const account = new Account(client());
  const login = { email: 'team@example.com', password: PASSWORD };
  await account.create({ userId: ID.unique(), ...login });
  await account.createEmailPasswordSession(login);
  const made = await new Teams(client()).create({ teamId: 'crew', name: 'Crew' });
  return { made: [made.$id, made.name, made.total], listed: (await new Teams(client()).list()).teams.map((team) => team.$id) };
}

/** Which pages may use the project. */
async function origins({ asked }) {
  const answers = {};
  for (const origin of asked) {
    new Page(origin).open();
    const login = { email: 'nobody@example.com', password: PASSWORD };
    const call = new Account(client()).createEmailPasswordSession(login);
    answers[origin] = await call.then(() => 'in', (error) => error.type ?? error.name);
  }
  new Page(asked[0]).open();
  return { answers, ping: await client().ping() };
}

await run({ firstUse, account, documents, teams, origins });
