// Older versions of the Node.js SDK and of the web SDK, each in a project of its own: what they make, and what they read.
import { Page } from './browser.mjs';
import { at, dataOf, refusal, run } from './flow.mjs';

const PASSWORD = 'correct horse battery';
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64',
);
const books = { databaseId: 'main', tableId: 'books' };
const asCollection = { databaseId: 'main', collectionId: 'books' };

/** A server: databases in both vocabularies, files, people, functions. */
async function server({ sdk, runtime }) {
  const { Account, Client, Databases, Functions, Permission, Query, Role, Storage, TablesDB, Teams, Users } = await import(sdk);
  const { InputFile } = await import(`${sdk}/file`);
  const guest = () => new Client().setEndpoint(at.endpoint).setProject(at.project);
  const client = guest().setKey(at.key);
  const [tables, databases, storage] = [new TablesDB(client), new Databases(client), new Storage(client)];
  const [users, teams, functions] = [new Users(client), new Teams(client), new Functions(client)];

  await tables.create({ databaseId: 'main', name: 'Main' });
  await tables.createTable({ ...books, name: 'Books', permissions: [Permission.read(Role.any()), Permission.create(Role.users())], rowSecurity: true });
  const column = await tables.createStringColumn({ ...books, key: 'title', size: 100, required: true });
  await databases.createIntegerAttribute({ ...asCollection, key: 'pages', required: false, min: 0 });
  await tables.createIndex({ ...books, key: 'titles', type: 'key', columns: ['title'] });
  await tables.createRow({ ...books, rowId: 'dune', data: { title: 'Dune', pages: 412 } });
  const document = await databases.createDocument({ ...asCollection, documentId: 'emma', data: { title: 'Emma' } });
  await databases.updateDocument({ ...asCollection, documentId: 'emma', data: { pages: 474 } });
  const { rows } = await tables.listRows({ ...books, queries: [Query.greaterThan('pages', 1), Query.orderDesc('title')] });
  const chosen = await databases.listDocuments({ ...asCollection, queries: [Query.select(['title']), Query.limit(1)] });

  await storage.createBucket({ bucketId: 'photos', name: 'Photos', permissions: [Permission.read(Role.any())] });
  const file = await storage.createFile({ bucketId: 'photos', fileId: 'pixel', file: InputFile.fromBuffer(PIXEL, 'pixel.png') });
  const bytes = await storage.getFileDownload({ bucketId: 'photos', fileId: 'pixel' });

  await users.create({ userId: 'ada', email: 'ada@example.com', password: PASSWORD, name: 'Ada' });
  const labelled = await users.updateLabels({ userId: 'ada', labels: ['admin'] });
  await teams.create({ teamId: 'crew', name: 'Crew' });
  const member = await teams.createMembership({ teamId: 'crew', roles: ['editor'], userId: 'ada' });
  const session = await new Account(client).createEmailPasswordSession({ email: 'ada@example.com', password: PASSWORD });
  const mine = new Account(guest().setSession(session.secret));
  const prefs = await mine.updatePrefs({ prefs: { theme: 'dark' } });

  const sizes = { specification: 's-1vcpu-512mb', buildSpecification: 's-1vcpu-512mb', runtimeSpecification: 's-1vcpu-512mb' };
  const made = await functions.create({ functionId: 'hello', name: 'Hello', runtime, execute: ['any'], ...sizes });
  await functions.createVariable({ functionId: 'hello', variableId: 'color', key: 'COLOR', value: 'red', secret: false });
  const listed = (await functions.list()).functions[0];
  return {
    format: client.headers['X-Appwrite-Response-Format'],
    column: [column.key, column.type, column.size], document: [dataOf(document), document.$collectionId],
    rows: rows.map(dataOf), chosen: dataOf(chosen.documents[0]),
    file: [file.name, file.mimeType, file.sizeOriginal, Buffer.compare(Buffer.from(bytes), PIXEL)],
    ada: [labelled.labels, (await mine.get()).prefs, prefs.prefs, (await users.listSessions({ userId: 'ada' })).total],
    member: [member.roles, member.confirm], sizes: [made.specification, made.buildSpecification, listed.specification, listed.runtimeSpecification],
    variables: (await functions.listVariables({ functionId: 'hello' })).variables.map((each) => [each.key, each.value]),
    refused: [
      await refusal(tables.createRow({ ...books, rowId: 'dune', data: { title: 'Again' } })),
      await refusal(databases.createDocument({ ...asCollection, documentId: 'x', data: { pages: 1 } })),
      await refusal(functions.createExecution({ functionId: 'hello' })),
    ],
  };
}

/** Let pages of a host use the project. */
async function open({ sdk, host }) {
  const { Client, Project } = await import(sdk);
  const service = new Project(new Client().setEndpoint(at.endpoint).setProject(at.project).setKey(at.key));
  return (await service.createWebPlatform({ platformId: 'site', name: 'Site', hostname: host })).hostname;
}

/** A page, in what such a server has made: an account of one's own, with cookies, rows, files, teams and events. */
async function web({ sdk, origin }) {
  const { Account, Client, Databases, Query, Storage, TablesDB, Teams } = await import(sdk);
  const page = new Page(origin).open();
  for (const name of ['log', 'error']) console[name] = () => {}; // the SDK says there when it connects again
  const client = new Client().setEndpoint(at.endpoint).setProject(at.project);
  const [account, tables, databases] = [new Account(client), new TablesDB(client), new Databases(client)];
  const [storage, teams] = [new Storage(client), new Teams(client)];

  const email = `${sdk}@example.com`;
  await account.create({ userId: sdk, email, password: PASSWORD, name: 'Eve' });
  const wrong = await refusal(account.createEmailPasswordSession({ email, password: 'another horse' }));
  await account.createEmailPasswordSession({ email, password: PASSWORD });
  const heard = [];
  client.subscribe(`account`, ({ events: [name], payload }) => heard.push([name, payload.name]));
  for (let tries = 0; page.sockets.length === 0 || !page.sockets[0].got.some(({ type }) => type === 'connected'); tries += 1) {
    if (tries === 500) throw new Error('the socket did not open');
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  await new Promise((resolve) => { setTimeout(resolve, 50); }); // a subscription that is sent once it is open
  await account.updateName({ name: 'Eva' });
  const row = await tables.createRow({ ...books, rowId: sdk, data: { title: sdk, pages: 7 } });
  await databases.updateDocument({ ...asCollection, documentId: sdk, data: { pages: 8 } });
  const found = await tables.listRows({ ...books, queries: [Query.equal('title', [sdk])] });
  const shown = await page.show(storage.getFilePreview({ bucketId: 'photos', fileId: 'pixel', width: 4, output: 'jpg' }));
  const team = await teams.create({ teamId: sdk, name: 'Crew' });
  for (let tries = 0; heard.length === 0 && tries < 500; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 10); });
  const me = await account.get();
  await account.deleteSession({ sessionId: 'current' });
  return {
    format: client.headers['X-Appwrite-Response-Format'], wrong, me: [me.name, me.email === email],
    row: [dataOf(row), row.$permissions.length], rows: found.rows.map(dataOf), shown: shown.type, team: [team.name, team.total],
    heard: [heard[0]?.[0], heard[0]?.[1]], out: await refusal(account.get()),
  };
}

await run({ server, open, web });
process.exit(0); // the socket of the SDK stays open
