// The web SDK in pages of browsers, as users meet it.
import {
  Account, Client, Databases, DocumentsDB, ID, Operator, Permission, Query, Role, TablesDB, Teams, VectorsDB,
} from 'appwrite';
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

/** A user who is there signs in, in a page of its own. */
async function signedIn(email) {
  const page = new Page('http://localhost:3000').open();
  await new Account(client()).createEmailPasswordSession({ email, password: PASSWORD });
  return page;
}

/** What users write in one go: operators, counters, and transactions that nobody else sees. */
async function transactions({ tables }) {
  const other = await signedIn('eve@example.com');
  const mine = await signedIn('ada@example.com');
  const call = inWords(tables ? new TablesDB(client()) : new Databases(client()), tables);
  const one = { ...notes, documentId: `staged-${tables}` };
  const { $id: transactionId } = await call('createTransaction');
  const op = (action, data) =>
    Object.fromEntries(Object.entries({ action, ...one, data }).map(([name, value]) => [call.say(name), value]));
  await call('createDocument', { ...one, data: { text: 'Staged' }, transactionId });
  const operations = [op('update', { text: Operator.stringConcat('!'), done: Operator.toggle() })];
  const staged = await call('createOperations', { transactionId, operations });
  const inside = await call('getDocument', { ...one, transactionId });
  const outside = await refusal(call('getDocument', one));
  other.open();
  const foreign = await refusal(call('updateTransaction', { transactionId, commit: true }));
  mine.open();
  const committed = await call('updateTransaction', { transactionId, commit: true });
  const after = await call('updateDocument', { ...one, data: { done: Operator.toggle() } });
  return {
    staged: [staged.status, staged.operations], inside: dataOf(inside), outside, foreign,
    committed: committed.status, after: [dataOf(after), after.$permissions.length],
    listed: (await call('listTransactions', { queries: [Query.equal('$id', transactionId)] })).total,
  };
}

/** Documents without a schema. */
async function schemaless() {
  const other = await signedIn('eve@example.com');
  const mine = await signedIn('ada@example.com');
  const service = new DocumentsDB(client());
  const where = { databaseId: 'loose', collectionId: 'notes' };
  const one = { ...where, documentId: 'one' };
  const data = { at: { city: 'Oslo', zip: [1, null] }, n: 1, large: 9007199254740993n };
  const made = await service.createDocument({ ...one, data });
  const changed = await service.updateDocument({ ...one, data: { at: { city: 'Rome' }, n: Operator.increment(4) } });
  const counter = { ...one, attribute: 'n' };
  const up = await service.incrementDocumentAttribute({ ...counter, value: 2, max: 10 });
  const down = await service.decrementDocumentAttribute(counter);
  const queries = [Query.equal('at.city', 'Rome'), Query.exists(['n']), Query.select(['at.city'])];
  const found = await service.listDocuments({ ...where, queries });
  const replaced = await service.upsertDocument({ ...one, data: { only: 'this' } });
  const { $id: transactionId } = await service.createTransaction();
  await service.createDocument({ ...where, documentId: 'two', data: { n: 2 }, transactionId });
  const committed = await service.updateTransaction({ transactionId, commit: true });
  other.open();
  const seen = (await service.listDocuments(where)).total;
  const refused = await refusal(service.getDocument(one));
  mine.open();
  await service.deleteDocument(one);
  return {
    made: dataOf(made), changed: dataOf(changed), counted: [up.n, down.n], found: found.documents.map(dataOf),
    replaced: dataOf(replaced), committed: committed.status, seen, refused, left: (await service.listDocuments(where)).total,
  };
}

/** Vectors with metadata. */
async function vectors() {
  await signedIn('ada@example.com');
  const service = new VectorsDB(client());
  const where = { databaseId: 'near', collectionId: 'points' };
  const put = (documentId, embeddings, metadata) =>
    service.createDocument({ ...where, documentId, data: { embeddings, metadata } });
  const made = await put('east', [1, 0], { color: 'red' });
  await put('north', [0, 2], { color: 'blue' });
  await put('west', [-3, 0], { color: 'red' });
  const idsOf = (page) => page.documents.map((document) => document.$id);
  const list = async (...queries) => idsOf(await service.listDocuments({ ...where, queries }));
  const nearest = Query.vectorEuclidean('embeddings', [-2, 1]);
  const moved = await service.updateDocument({ ...where, documentId: 'west', data: { metadata: { color: 'green' } } });
  return {
    made: dataOf(made), moved: dataOf(moved),
    found: {
      euclidean: await list(nearest), dot: await list(Query.vectorDot('embeddings', [1, 1])),
      cosine: await list(Query.vectorCosine('embeddings', [-1, 0.1]), Query.limit(1)),
      metadata: await list(nearest, Query.equal('metadata', { color: 'red' })),
      path: await list(Query.equal('metadata.color', ['blue', 'green'])),
      asked: idsOf(await service.createQuery({ ...where, queries: [nearest, Query.limit(1)] })),
    },
    refused: await refusal(service.listDocuments({ ...where, queries: [Query.vectorDot('embeddings', [1])] })),
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

await run({ firstUse, account, documents, transactions, schemaless, vectors, teams, origins });
