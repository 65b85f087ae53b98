// The console's SDK, as a console uses it: in a page, with the cookie of someone who works in projects.
import {
  Account, Avatars, Client, Console, Databases, Functions, Graphql, Health, ID, IndexType, Locale, Permission, Project, Projects,
  Proxy, Query, Realtime, Role, Storage, TablesDB, Teams, Tokens, UsageRange, Users,
} from '@appwrite.io/console';
import { Page } from './browser.mjs';
import { at, dataOf, refusal, run } from './flow.mjs';

const PASSWORD = 'correct horse battery';
const page = new Page(new URL(at.endpoint).origin).open();
const home = () => new Client().setEndpoint(at.endpoint).setProject('console');
const inside = (projectId) => new Client().setEndpoint(at.endpoint).setProject(projectId).setMode('admin');
const idsOf = (items) => items.map((item) => item.$id).sort();
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

for (const name of ['log', 'error']) console[name] = () => {}; // the SDK says there when it connects again

async function until(holds) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (holds()) return;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`this did not happen: ${holds}`);
}

/** Someone signs in, and makes an organization with a project. */
async function begin({ email }) {
  const account = new Account(home());
  const closed = await refusal(account.create({ userId: ID.unique(), email: `second-${email}`, password: PASSWORD }));
  const wrong = await refusal(account.createEmailPasswordSession({ email, password: 'another horse' }));
  await account.createEmailPasswordSession({ email, password: PASSWORD });
  const me = await account.get();
  await account.updatePrefs({ prefs: { organization: 'acme' } });
  const teams = new Teams(home());
  const team = await teams.create({ teamId: ID.unique(), name: 'Acme' });
  const projects = new Projects(home());
  const project = await projects.create({ projectId: ID.unique(), name: 'Shop', teamId: team.$id, region: 'default', description: 'Sells' });
  const listed = await projects.list({ queries: [Query.equal('teamId', team.$id), Query.orderAsc('name')] });
  return {
    teamId: team.$id, projectId: project.$id,
    seen: {
      closed, wrong, me: me.email, prefs: (await account.getPrefs()).organization,
      sessions: (await account.listSessions()).sessions.filter((session) => session.current).length,
      organizations: (await teams.list()).teams.map((each) => each.name),
      members: (await teams.listMemberships({ teamId: team.$id })).memberships.map((each) => [each.userEmail, each.roles]),
      projects: listed.projects.map((each) => each.name), cookies: page.cookieNames.length > 0,
    },
  };
}

/** What is set of a project. */
async function settings({ projectId, teamId }) {
  const projects = new Projects(home());
  await projects.update({ projectId, name: 'Store', description: 'Sells more', url: 'https://example.com', legalCity: 'Bern' });
  await projects.updateLabels({ projectId, labels: ['blue'] });
  await projects.updateServiceStatus({ projectId, service: 'avatars', status: false });
  await projects.updateServiceStatus({ projectId, service: 'avatars', status: true });
  await projects.updateServiceStatus({ projectId, service: 'locale', status: false });
  await projects.updateAPIStatus({ projectId, api: 'graphql', status: true });
  await projects.updateAuthStatus({ projectId, method: 'phone', status: false });
  await projects.updateAuthLimit({ projectId, limit: 100 });
  await projects.updateAuthDuration({ projectId, duration: 86400 });
  await projects.updateAuthSessionsLimit({ projectId, limit: 5 });
  await projects.updateAuthPasswordHistory({ projectId, limit: 3 });
  await projects.updateAuthPasswordHistory({ projectId, limit: 0 });
  await projects.updateAuthPasswordDictionary({ projectId, enabled: true });
  await projects.updatePersonalDataCheck({ projectId, enabled: true });
  await projects.updateSessionAlerts({ projectId, alerts: true });
  await projects.updateSessionInvalidation({ projectId, enabled: false });
  await projects.updateMembershipsPrivacy({ projectId, userName: true, userEmail: false, mfa: true });
  await projects.updateMockNumbers({ projectId, numbers: [{ phone: '+14155550100', otp: '123456' }] });
  await projects.updateOAuth2({ projectId, provider: 'github', appId: 'app', secret: 'hush', enabled: true });
  const template = await projects.getEmailTemplate({ projectId, type: 'recovery', locale: 'en' });
  await projects.deleteEmailTemplate({ projectId, type: 'recovery', locale: 'en' });
  await projects.updateTeam({ projectId, teamId });
  const found = await projects.get({ projectId });
  const names = [
    'name', 'description', 'url', 'legalCity', 'labels', 'serviceStatusForAvatars', 'serviceStatusForLocale', 'authPhone', 'authLimit',
    'authDuration', 'authSessionsLimit', 'authPasswordHistory', 'authPasswordDictionary', 'authPersonalDataCheck', 'authSessionAlerts',
    'authInvalidateSessions', 'authMembershipsUserName', 'authMembershipsUserEmail', 'authMembershipsMfa', 'authMockNumbers',
  ];
  return {
    set: Object.fromEntries(names.map((name) => [name, found[name]])),
    github: found.oAuthProviders.filter((each) => each.enabled).map((each) => [each.key, each.appId, each.secret]),
    template: [template.type, template.locale, template.subject !== '', typeof template.replyTo],
  };
}

/** Who may use a project, and what is told of it. */
async function access({ projectId }) {
  const [projects, variables] = [new Projects(home()), new Project(inside(projectId))];
  const key = await projects.createKey({ projectId, name: 'Server', scopes: ['users.read'] });
  const renamed = await projects.updateKey({ projectId, keyId: key.$id, name: 'Renamed', scopes: ['users.read', 'teams.read'] });
  const used = await new Users(new Client().setEndpoint(at.endpoint).setProject(projectId).setKey(key.secret)).list();
  const jwt = await projects.createJWT({ projectId, scopes: ['users.read'], duration: 60 });
  const web = await projects.createPlatform({ projectId, type: 'web', name: 'Site', hostname: 'shop.example.com' });
  const app = await projects.createPlatform({ projectId, type: 'android', name: 'App', key: 'com.example.shop' });
  await projects.updatePlatform({ projectId, platformId: web.$id, name: 'Site', hostname: 'www.example.com' });
  const hook = await projects.createWebhook({
    projectId, name: 'Hook', events: ['users.*.create'], url: 'https://example.com/hook', security: true, httpUser: 'ada', httpPass: 'pw',
  });
  const signed = await projects.updateWebhookSignature({ projectId, webhookId: hook.$id });
  const changed = await projects.updateWebhook({
    projectId, webhookId: hook.$id, name: 'Hook', events: ['users.*.create'], url: 'https://example.com/hook', security: false, enabled: false,
  });
  const devKey = await refusal(projects.createDevKey({ projectId, name: 'Mine', expire: new Date().toISOString() }));
  const variable = await variables.createVariable({ key: 'COLOR', value: 'red', secret: false });
  await variables.updateVariable({ variableId: variable.$id, key: 'COLOR', value: 'blue' });
  const gone = await projects.deleteKey({ projectId, keyId: key.$id });
  return {
    key: [key.secret.startsWith('standard_'), renamed.name, renamed.scopes, used.total], jwt: jwt.jwt.startsWith('ephemeral_'),
    platforms: (await projects.listPlatforms({ projectId })).platforms.map((each) => [each.type, each.hostname ?? each.applicationId]),
    platform: [(await projects.getPlatform({ projectId, platformId: app.$id })).name, app.key],
    hook: [hook.security, hook.httpUser, hook.httpPass, signed.signatureKey !== '', changed.security, changed.enabled],
    hooks: (await projects.listWebhooks({ projectId })).webhooks.map((each) => [each.name, each.security, 'tls' in each]),
    devKeys: [devKey, (await projects.listDevKeys({ projectId })).total],
    variables: (await variables.listVariables()).variables.map((each) => [each.key, each.value]),
    keys: (await projects.listKeys({ projectId })).keys.map((each) => each.name), gone,
  };
}

/** Tables and collections, with their usage and logs. */
async function data({ projectId }) {
  const [tables, databases] = [new TablesDB(inside(projectId)), new Databases(inside(projectId))];
  await tables.create({ databaseId: 'main', name: 'Main' });
  const where = { databaseId: 'main', tableId: 'books' };
  await tables.createTable({ ...where, name: 'Books', permissions: [Permission.read(Role.any())], rowSecurity: false });
  await tables.createStringColumn({ ...where, key: 'title', size: 100, required: true });
  await tables.createIntegerColumn({ ...where, key: 'pages', required: false, min: 0 });
  await tables.createIndex({ ...where, key: 'titles', type: IndexType.Key, columns: ['title'] });
  await tables.createRow({ ...where, rowId: 'dune', data: { title: 'Dune', pages: 412 } });
  await tables.createRows({ ...where, rows: [{ $id: 'emma', title: 'Emma' }, { $id: 'emil', title: 'Emil' }] });
  await tables.updateRow({ ...where, rowId: 'emma', data: { pages: 474 } });
  await tables.incrementRowColumn({ ...where, rowId: 'dune', column: 'pages', value: 1 });
  await tables.deleteRow({ ...where, rowId: 'emil' });
  const { rows } = await tables.listRows({ ...where, queries: [Query.orderAsc('title')] });
  const documents = await databases.listDocuments({ databaseId: 'main', collectionId: 'books', queries: [Query.greaterThan('pages', 420)] });
  const collection = await databases.getCollection({ databaseId: 'main', collectionId: 'books' });
  const usage = await tables.getTableUsage({ ...where, range: UsageRange.TwentyFourHours });
  return {
    rows: rows.map(dataOf), documents: idsOf(documents.documents), attributes: collection.attributes.map((each) => each.key),
    columns: (await tables.listColumns(where)).columns.map((each) => [each.key, each.type, each.status]),
    indexes: (await tables.listIndexes(where)).indexes.map((each) => [each.key, each.columns]),
    usage: [usage.range, usage.rowsTotal, (await tables.listUsage()).databasesTotal, (await databases.listUsage()).databasesTotal],
    logs: [(await tables.listTableLogs(where)).total > 0, (await tables.listRowLogs({ ...where, rowId: 'emma' })).total > 0],
    refused: await refusal(tables.createRow({ ...where, rowId: 'dune', data: { title: 'Again' } })),
  };
}

/** Buckets and files. */
async function files({ projectId }) {
  const [storage, tokens] = [new Storage(inside(projectId)), new Tokens(inside(projectId))];
  await storage.createBucket({ bucketId: 'photos', name: 'Photos', maximumFileSize: 1000, allowedFileExtensions: ['png'] });
  const file = new File([Buffer.from(PIXEL, 'base64')], 'pixel.png', { type: 'image/png' });
  const made = await storage.createFile({ bucketId: 'photos', fileId: 'pixel', file });
  await storage.updateFile({ bucketId: 'photos', fileId: 'pixel', name: 'dot.png' });
  const shown = async (url) => (await page.show(`${url}&mode=admin`)).type;
  const token = await tokens.createFileToken({ bucketId: 'photos', fileId: 'pixel' });
  return {
    made: [made.name, made.mimeType, made.sizeOriginal],
    shown: await shown(storage.getFileView({ bucketId: 'photos', fileId: 'pixel' })),
    preview: await shown(storage.getFilePreview({ bucketId: 'photos', fileId: 'pixel', width: 4, output: 'jpg' })),
    listed: (await storage.listFiles({ bucketId: 'photos' })).files.map((each) => each.name),
    tokens: idsOf((await tokens.list({ bucketId: 'photos', fileId: 'pixel' })).tokens).includes(token.$id),
    refused: await refusal(storage.createFile({ bucketId: 'photos', fileId: 'text', file: new File(['x'], 'x.txt') })),
  };
}

/** The users of a project and their teams. */
async function people({ projectId }) {
  const [users, teams] = [new Users(inside(projectId)), new Teams(inside(projectId))];
  await users.create({ userId: 'ada', email: 'ada@example.com', password: 'a horse of her own', name: 'Ada' });
  await users.updateLabels({ userId: 'ada', labels: ['admin'] });
  await users.updateEmailVerification({ userId: 'ada', emailVerification: true });
  await users.updatePrefs({ userId: 'ada', prefs: { theme: 'dark' } });
  const session = await users.createSession({ userId: 'ada' });
  const token = await users.createToken({ userId: 'ada', length: 8 });
  await teams.create({ teamId: 'crew', name: 'Crew' });
  await teams.createMembership({ teamId: 'crew', roles: ['editor'], userId: 'ada', url: at.endpoint });
  const usage = await users.getUsage({ range: UsageRange.ThirtyDays });
  const ada = await users.get({ userId: 'ada' });
  return {
    ada: [ada.name, ada.labels, ada.emailVerification, ada.prefs], secrets: [session.secret !== '', token.secret.length],
    sessions: idsOf((await users.listSessions({ userId: 'ada' })).sessions).includes(session.$id),
    memberships: (await users.listMemberships({ userId: 'ada' })).memberships.map((each) => [each.teamId, each.roles]),
    targets: (await users.listTargets({ userId: 'ada' })).targets.map((each) => [each.providerType, each.identifier]),
    logs: (await users.listLogs({ userId: 'ada' })).total >= 0, teams: idsOf((await teams.list()).teams),
    usage: [usage.range, usage.usersTotal], found: idsOf((await users.list({ search: 'ada' })).users),
    deleted: await users.deleteSessions({ userId: 'ada' }),
  };
}

/** Functions, and the addresses that reach them. */
async function functions({ projectId, runtime }) {
  const [service, proxy] = [new Functions(inside(projectId)), new Proxy(inside(projectId))];
  const made = await service.create({ functionId: 'hello', name: 'Hello', runtime, execute: [Role.any()], specification: 's-1vcpu-512mb' });
  const changed = await service.update({ functionId: 'hello', name: 'Hello again', runtime, specification: 's-0.5vcpu-512mb' });
  await service.createVariable({ functionId: 'hello', key: 'COLOR', value: 'red', secret: false });
  const rule = await proxy.createAPIRule({ domain: `${projectId}.example.com` });
  const own = await proxy.createFunctionRule({ domain: `${projectId}.functions.localhost`, functionId: 'hello' });
  await proxy.deleteRule({ ruleId: rule.$id });
  return {
    made: [made.specification, changed.name, changed.specification, 'buildSpecification' in made],
    variables: (await service.listVariables({ functionId: 'hello' })).variables.map((each) => [each.key, each.value]),
    refused: await refusal(service.createExecution({ functionId: 'hello' })),
    lists: [(await service.listDeployments({ functionId: 'hello' })).total, (await service.listExecutions({ functionId: 'hello' })).total],
    offered: [(await service.listRuntimes()).total > 0, (await service.listSpecifications()).total > 0, (await service.listTemplates()).templates.length > 0],
    rules: (await proxy.listRules()).rules.map((each) => [each.$id === own.$id, each.deploymentResourceId, each.status]),
  };
}

/** The server itself. */
async function server({ projectId }) {
  const [own, health] = [new Console(home()), new Health(inside(projectId))];
  const [locale, avatars] = [new Locale(inside(projectId)), new Avatars(inside(projectId))];
  const graph = new Graphql(inside(projectId));
  const variables = await own.variables();
  return {
    variables: [variables._APP_DOMAIN_FUNCTIONS, typeof variables._APP_STORAGE_LIMIT, typeof variables._APP_DOMAIN_ENABLED],
    free: [
      await own.getResource({ value: 'nobody.functions.localhost', type: 'rules' }),
      await refusal(own.getResource({ value: `${projectId}.functions.localhost`, type: 'rules' })),
    ],
    health: [
      (await health.get()).status, (await health.getDB()).statuses[0].status, (await health.getTime()).diff < 5,
      (await health.getStorageLocal()).status, (await health.getFailedJobs({ name: 'v1-webhooks' })).size,
    ],
    countries: (await locale.listCountries()).total > 100,
    initials: (await page.show(`${avatars.getInitials({ name: 'Ada L' })}&mode=admin`)).type,
    graph: (await graph.query({ query: { query: '{ usersList { total } }' } })).data,
  };
}

/** What happens in the project, told while it happens. */
async function events({ projectId }) {
  const heard = [];
  const realtime = new Realtime(home());
  const subscription = await realtime.subscribe('console', ({ events: [name], channels, payload }) => heard.push([name, channels, payload.key]));
  await until(() => page.sockets.some(({ got }) => got.some(({ type }) => type === 'connected')));
  const where = { databaseId: 'main', tableId: 'books' };
  await new TablesDB(inside(projectId)).createBooleanColumn({ ...where, key: 'read', required: false });
  await until(() => heard.length > 0);
  await subscription.close();
  const [name, channels, key] = heard[0];
  return [name.split('.').slice(-4), channels.includes(`projects.${projectId}`), key];
}

/** All of it, and that it can be given up again. */
async function all({ email, runtime }) {
  const { seen, projectId, teamId } = await begin({ email });
  const told = { begin: seen };
  for (const flow of [settings, access, data, files, people, functions, server, events]) {
    told[flow.name] = await flow({ projectId, teamId, runtime });
  }
  const [projects, account] = [new Projects(home()), new Account(home())];
  const deleted = await projects.delete({ projectId });
  told.end = {
    deleted, gone: await refusal(projects.get({ projectId })), logs: (await account.listLogs()).total > 0,
    out: await account.deleteSession({ sessionId: 'current' }), me: await refusal(account.get()),
  };
  return told;
}

await run({ all });
process.exit(0); // the socket of the SDK stays open
