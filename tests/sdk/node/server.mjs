// The Node.js SDK, as a server with an API key uses it, and for users on whose behalf it acts.
import {
  Account, Client, Databases, DatabasesIndexType, ID, OrderBy, Organization, Permission, Project, ProjectKeyScopes,
  ProjectServiceId, Query, Role, TablesDB, Teams,
} from 'node-appwrite';
import { PASSWORD, guest, inNewDatabase, server, user } from './callers.mjs';
import { at, dataOf, refusal, run } from './flow.mjs';

/** A server makes a database; a user signs up and in, and reads back what that user may see, and no more. */
async function firstUse() {
  const databases = new Databases(server());
  const notes = { databaseId: 'main', collectionId: 'notes' };
  await databases.create({ databaseId: 'main', name: 'Main' });
  await databases.createCollection({
    ...notes, name: 'Notes', permissions: [Permission.create(Role.users())], documentSecurity: true,
  });
  await databases.createStringAttribute({ ...notes, key: 'text', size: 1000, required: true });
  await databases.createBooleanAttribute({ ...notes, key: 'done', required: false, xdefault: false });
  await databases.createDocument({
    ...notes, documentId: 'welcome', data: { text: 'Welcome' }, permissions: [Permission.read(Role.any())],
  });
  await databases.createDocument({ ...notes, documentId: 'internal', data: { text: 'For servers' } });

  const account = new Account(server());
  await account.create({ userId: 'ada', email: 'ada@example.com', password: PASSWORD, name: 'Ada' });
  const session = await account.createEmailPasswordSession({ email: 'ada@example.com', password: PASSWORD });
  const ada = guest().setSession(session.secret);
  const note = await new Databases(ada).createDocument({ ...notes, documentId: ID.unique(), data: { text: 'Buy milk' } });
  const eve = await user('eve@example.com');

  const seenBy = async (client) => {
    const { documents } = await new Databases(client).listDocuments(notes);
    return documents.map((document) => document.text);
  };
  return {
    me: (await new Account(ada).get()).name,
    note: dataOf(note),
    permissions: note.$permissions,
    seen: { ada: await seenBy(ada), eve: await seenBy(eve), guest: await seenBy(guest()), server: await seenBy(server()) },
    refused: await refusal(new Databases(eve).getDocument({ ...notes, documentId: note.$id })),
    changed: dataOf(await new Databases(ada).updateDocument({ ...notes, documentId: note.$id, data: { done: true } })),
  };
}

// --- databases in both vocabularies --------------------------------------------------------------------------------
async function collections({ tables }) {
  return inNewDatabase(tables, async (call, where) => {
    const database = await call('update', { databaseId: 'db', name: 'Renamed', enabled: true });
    const changed = await call('updateCollection', { ...where, name: 'Volumes', documentSecurity: true, enabled: false });
    await call('createCollection', { databaseId: 'db', collectionId: 'others', name: 'Others' });
    const listed = await call.list('listCollections', { databaseId: 'db', queries: [Query.orderAsc('name')] });
    const deleted = await call('deleteCollection', { databaseId: 'db', collectionId: 'others' });
    return {
      database: [database.$id, database.name, (await call('get', { databaseId: 'db' })).name],
      databases: (await call.list('list', { queries: [Query.equal('name', 'Renamed')] })).map((item) => item.$id),
      changed: [changed.name, changed.enabled, changed[call.say('documentSecurity')]],
      listed: listed.map((item) => item.$id),
      deleted,
      gone: await refusal(call('getCollection', { databaseId: 'db', collectionId: 'others' })),
    };
  });
}

async function attributes({ tables, kinds }) {
  return inNewDatabase(tables, async (call, where) => {
    const answers = {};
    for (const { name, value, other, unfit, options, arrays } of kinds) {
      const kind = name[0].toUpperCase() + name.slice(1);
      const create = (suffix, more) => call(`create${kind}Attribute`, { ...where, key: name + suffix, ...options, ...more });
      const plain = await create('', { required: false });
      const given = await create('Given', { required: false, xdefault: value });
      const many = arrays && await create('Many', { required: false, array: true });
      const data = { [name]: value, ...(arrays && { [`${name}Many`]: [value, other] }) };
      const made = await call('createDocument', { ...where, documentId: name, data });
      const refused = await refusal(call('createDocument', { ...where, documentId: ID.unique(), data: { [name]: unfit } }));
      const change = { key: `${name}Given`, required: false, xdefault: other, newKey: `${name}New`, elements: options.elements };
      const updated = await call(`update${kind}Attribute`, { ...where, ...change });
      if (arrays) await call('deleteAttribute', { ...where, key: `${name}Many` });
      const left = await call('getDocument', { ...where, documentId: name });
      answers[name] = {
        plain: [plain.type, plain.status, plain.array, plain.default], given: given.default, many: many.array ?? false,
        made: [made[name], made[`${name}Given`], made[`${name}Many`] ?? null], refused, updated: [updated.key, updated.default],
        got: (await call('getAttribute', { ...where, key: name })).type, left: [left[name], left[`${name}New`]],
      };
    }
    const listed = await call.list('listAttributes', { ...where, queries: [Query.limit(100)] });
    return { answers, listed: listed.map((attribute) => attribute.key) };
  });
}

async function indexes({ tables }) {
  return inNewDatabase(tables, async (call, where) => {
    await call('createStringAttribute', { ...where, key: 'isbn', size: 32, required: false });
    const key = await call('createIndex', {
      ...where, key: 'by_isbn', type: DatabasesIndexType.Key, attributes: ['isbn'], orders: [OrderBy.Desc],
    });
    await call('createIndex', { ...where, key: 'isbns', type: DatabasesIndexType.Unique, attributes: ['isbn'] });
    const listed = (await call.list('listIndexes', where)).map((index) => [index.key, index.type, index.status]);
    await call('createDocument', { ...where, documentId: 'first', data: { isbn: '1' } });
    const refused = await refusal(call('createDocument', { ...where, documentId: 'second', data: { isbn: '1' } }));
    await call('deleteIndex', { ...where, key: 'isbns' });
    return {
      made: [key.type, key[call.say('attributes')], key.orders], listed, refused,
      gone: await refusal(call('getIndex', { ...where, key: 'isbns' })),
    };
  });
}

async function filled(call, where, books) {
  await call('createStringAttribute', { ...where, key: 'title', size: 100, required: true });
  await call('createIntegerAttribute', { ...where, key: 'pages', required: false });
  await call('createFloatAttribute', { ...where, key: 'rating', required: false });
  await call('createDatetimeAttribute', { ...where, key: 'read', required: false });
  await call('createStringAttribute', { ...where, key: 'tags', size: 20, required: false, array: true });
  await call('createIndex', { ...where, key: 'titles', type: DatabasesIndexType.Fulltext, attributes: ['title'] });
  for (const [documentId, data] of Object.entries(books)) await call('createDocument', { ...where, documentId, data });
}

async function queries({ tables, books }) {
  const builders = {
    equal: Query.equal('title', 'Dune'),
    equalAny: Query.equal('pages', [412, 1178]),
    notEqual: Query.notEqual('title', 'Dune'),
    lessThan: Query.lessThan('pages', 277),
    lessThanEqual: Query.lessThanEqual('pages', 277),
    greaterThan: Query.greaterThan('rating', 4.5),
    greaterThanEqual: Query.greaterThanEqual('rating', 4.5),
    between: Query.between('read', '2020-01-01T00:00:00.000+00:00', '2022-01-01T00:00:00.000+00:00'),
    isNull: Query.isNull('rating'),
    isNotNull: Query.isNotNull('rating'),
    startsWith: Query.startsWith('title', 'E'),
    endsWith: Query.endsWith('title', 'a'),
    contains: Query.contains('title', 'mm'),
    containsItem: Query.contains('tags', ['classic']),
    search: Query.search('title', 'rings'),
    and: Query.and([Query.greaterThan('pages', 300), Query.isNull('rating')]),
    or: Query.or([Query.equal('title', 'Emma'), Query.lessThan('pages', 200)]),
    orderAsc: Query.orderAsc('pages'),
    orderDesc: Query.orderDesc('title'),
    limit: Query.limit(2),
    offset: Query.offset(3),
    cursorAfter: Query.cursorAfter('emma'),
    cursorBefore: Query.cursorBefore('emma'),
  };
  return inNewDatabase(tables, async (call, where) => {
    await filled(call, where, books);
    const found = {};
    for (const [name, query] of Object.entries(builders)) {
      found[name] = (await call.list('listDocuments', { ...where, queries: [query] })).map((document) => document.$id);
    }
    const chosen = await call('getDocument', { ...where, documentId: 'dune', queries: [Query.select(['title'])] });
    const refused = await refusal(call('listDocuments', { ...where, queries: [Query.equal('author', 'x')] }));
    return { found, chosen: dataOf(chosen), refused };
  });
}

async function documents({ tables, books }) {
  return inNewDatabase(tables, async (call, where) => {
    await filled(call, where, books);
    const big = { ...where, documentId: 'big' };
    const made = await call('createDocument', { ...big, data: { title: 'New', pages: 9007199254740993n } });
    const changed = await call('updateDocument', { ...big, data: { pages: 12 }, permissions: [Permission.read(Role.any())] });
    const again = await call('upsertDocument', { ...big, data: { title: 'Newer' } });
    const other = await call('upsertDocument', { ...where, documentId: 'other', data: { title: 'Other' } });
    const create = (documentId, data) => refusal(call('createDocument', { ...where, documentId, data }));
    return {
      made: [dataOf(made), made.$sequence, made.$permissions],
      changed: [dataOf(changed), changed.$permissions],
      again: dataOf(again),
      other: [other.$id, other.title],
      deleted: await call('deleteDocument', big),
      refused: {
        gone: await refusal(call('getDocument', big)),
        taken: await create('other', { title: 'Other' }),
        unfit: await create(ID.unique(), { title: 7 }),
        unknown: await create(ID.unique(), { title: 'x', unknown: 7 }),
        id: await create('no/id', { title: 'x' }),
      },
    };
  });
}

// --- people ----------------------------------------------------------------------------------------------------------
async function account() {
  const email = 'grace@example.com';
  const mine = new Account(await user(email, 'grace'));
  const prefs = await mine.updatePrefs({ prefs: { theme: 'dark' } });
  const second = await new Account(server()).createEmailPasswordSession({ email, password: PASSWORD });
  const { sessions } = await mine.listSessions();
  const { jwt } = await mine.createJWT();
  const byJwt = await new Account(guest().setJWT(jwt)).get();
  await mine.deleteSession({ sessionId: second.$id });
  const left = (await mine.listSessions()).total;
  const deleted = await mine.deleteSession({ sessionId: 'current' });
  const other = new Account(guest());
  return {
    prefs: [prefs.prefs, await new Account(await signedIn(email)).getPrefs()],
    current: sessions.map((session) => session.current).sort(), byJwt: [byJwt.$id, byJwt.email], left, deleted,
    refused: {
      signedOut: await refusal(mine.get()),
      taken: await refusal(other.create({ userId: ID.unique(), email, password: PASSWORD })),
      wrong: await refusal(other.createEmailPasswordSession({ email, password: 'wrong password' })),
      email: await refusal(other.create({ userId: ID.unique(), email: 'grace', password: PASSWORD })),
      key: await refusal(new Account(guest().setKey('wrong')).get()),
    },
  };
}

async function signedIn(email) {
  const session = await new Account(server()).createEmailPasswordSession({ email, password: PASSWORD });
  return guest().setSession(session.secret);
}

async function teams() {
  const member = await user('team@example.com');
  const made = await new Teams(member).create({ teamId: 'crew', name: 'Crew', roles: ['owner', 'pilot'] });
  const databases = new Databases(server());
  const plans = { databaseId: 'teams', collectionId: 'plans' };
  await databases.create({ databaseId: 'teams', name: 'Teams' });
  await databases.createCollection({ ...plans, name: 'Plans', permissions: [Permission.read(Role.team('crew', 'pilot'))] });
  await databases.createStringAttribute({ ...plans, key: 'text', size: 10, required: false });
  await databases.createDocument({ ...plans, documentId: 'moon', data: { text: 'Moon' } });
  return {
    made: [made.$id, made.name, made.total, made.prefs],
    listed: (await new Teams(member).list()).teams.map((team) => team.$id),
    text: (await new Databases(member).getDocument({ ...plans, documentId: 'moon' })).text,
    stranger: await refusal(new Databases(await user('stranger@example.com')).listDocuments(plans)),
  };
}

// --- the project ------------------------------------------------------------------------------------------------------
async function project() {
  const service = new Project(server());
  const ephemeral = await service.createEphemeralKey({ scopes: [ProjectKeyScopes.DatabasesRead], duration: 600 });
  const reader = new Databases(guest().setKey(ephemeral.secret));
  const read = (await reader.list()).total >= 0;
  const refused = await refusal(reader.create({ databaseId: 'no', name: 'No' }));
  const byKey = { keyId: ID.unique(), name: 'By a key', scopes: [ProjectKeyScopes.DatabasesRead] };
  const denied = await refusal(service.createKey(byKey));
  const { keys } = await service.listKeys();

  const web = await service.createWebPlatform({ platformId: 'web', name: 'Web', hostname: 'app.example.com' });
  await service.createAndroidPlatform({ platformId: 'android', name: 'Android', applicationId: 'com.example.app' });
  const platforms = (await service.listPlatforms()).platforms.map((platform) => [platform.$id, platform.type]);
  await service.deletePlatform({ platformId: 'web' });

  const variable = await service.createVariable({ variableId: 'color', key: 'COLOR', value: 'blue', secret: true });
  const variables = (await service.listVariables()).variables.map((item) => [item.key, item.value, item.secret]);
  const off = await service.updateService({ serviceId: ProjectServiceId.Teams, enabled: false });
  const disabled = await refusal(new Teams(await user('switch@example.com')).list());
  await service.updateService({ serviceId: ProjectServiceId.Teams, enabled: true });
  return {
    id: (await service.get()).$id, labels: (await service.updateLabels({ labels: ['blue'] })).labels,
    keys: [read, refused, denied, keys.map((key) => key.secret === at.key)],
    web: [web.type, web.hostname], platforms, variable: [variable.key, variable.value], variables,
    off: off.services.filter((item) => item.$id === 'teams').map((item) => item.enabled), disabled,
  };
}

async function organization({ cookie }) {
  const client = new Client().setEndpoint(at.endpoint).setProject('console').setCookie(cookie);
  const team = await new Teams(client).create({ teamId: ID.unique(), name: 'Mine' });
  client.headers['X-Appwrite-Organization'] = team.$id; // this SDK has no setter for it
  const service = new Organization(client);
  const made = await service.createProject({ projectId: 'node-orbit', name: 'Orbit' });
  const renamed = await service.updateProject({ projectId: 'node-orbit', name: 'Orbiter' });
  const listed = (await service.listProjects()).projects.map((item) => item.$id);

  client.setProject('node-orbit').headers['X-Appwrite-Mode'] = 'admin';
  const keys = new Project(client);
  const key = await keys.createKey({ keyId: 'reader', name: 'Reader', scopes: [ProjectKeyScopes.DatabasesRead] });
  const reader = new Databases(new Client().setEndpoint(at.endpoint).setProject('node-orbit').setKey(key.secret));
  const read = (await reader.list()).total;
  await keys.updateKey({ keyId: 'reader', name: 'Teams', scopes: [ProjectKeyScopes.TeamsRead] });
  const narrowed = await refusal(reader.list());
  await keys.deleteKey({ keyId: 'reader' });

  delete client.setProject('console').headers['X-Appwrite-Mode'];
  await service.deleteProject({ projectId: 'node-orbit' });
  return {
    key: [key.$id, read, narrowed],
    made: [made.$id, made.name, made.teamId === team.$id], renamed: renamed.name, listed,
    gone: await refusal(service.getProject({ projectId: 'node-orbit' })),
  };
}

await run({ firstUse, collections, attributes, indexes, queries, documents, account, teams, project, organization });
