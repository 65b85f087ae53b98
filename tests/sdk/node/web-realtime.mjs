// Realtime with the web SDK, in pages of browsers: what they listen to, and what they are told.
import { Account, Channel, Client, Permission, Presences, Query, Realtime, Role, Storage, TablesDB, Teams } from 'appwrite';
import { TablesDB as ServerTablesDB, Teams as ServerTeams } from 'node-appwrite';
import { Page } from './browser.mjs';
import { PASSWORD, server } from './callers.mjs';
import { at, run, say } from './flow.mjs';

const notes = { databaseId: 'main', tableId: 'notes' }; // the server has made them, and the bucket
const bucketId = 'photos';
const client = () => new Client().setEndpoint(at.endpoint).setProject(at.project);
const rows = Channel.tablesdb('main').table('notes').row();
const idsOf = (events) => events.map((event) => event.payload.$id);

for (const name of ['log', 'error']) console[name] = () => {}; // the SDK says there when it connects again

async function until(holds) {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (holds()) return;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`this did not happen: ${holds}`);
}

/** Make a call that the server answers on the page's socket, and wait for the answer. */
async function answered(page, to, call) {
  const before = page.count('response', to);
  const made = await call();
  await until(() => page.count('response', to) > before);
  return made;
}

/** A row that everybody may read, made by the server. */
const row = (rowId, text = 'x') =>
  new ServerTablesDB(server()).createRow({ ...notes, rowId, data: { text }, permissions: [Permission.read(Role.any())] });

// --- all that a user may hear of -----------------------------------------------------------------------------------
async function userChanges(mine, userId) {
  const own = [Permission.read, Permission.update, Permission.delete].map((permission) => permission(Role.user(userId)));
  const [tables, storage, account] = [new TablesDB(mine), new Storage(mine), new Account(mine)];
  const one = { ...notes, rowId: 'one' };
  await tables.createRow({ ...one, data: { text: 'red' }, permissions: own });
  await tables.updateRow({ ...one, data: { text: 'blue' } });
  await new ServerTablesDB(server()).createRow({ ...notes, rowId: 'hidden', data: { text: 'red' } });
  await tables.deleteRow(one);
  const file = new File(['Dear Grace'], 'letter.txt', { type: 'text/plain' });
  await storage.createFile({ bucketId, fileId: 'letter', file });
  await storage.deleteFile({ bucketId, fileId: 'letter' });
  await account.updateName({ name: 'Ada Lovelace' });
  await account.updatePrefs({ prefs: { theme: 'dark' } });
}

async function teamChanges(mine, friendId) {
  const [teams, groups, teamId] = [new Teams(mine), new ServerTeams(server()), 'crew'];
  await teams.create({ teamId, name: 'Crew' });
  await teams.updateName({ teamId, name: 'Gang' });
  const { $id: membershipId } = await groups.createMembership({ teamId, userId: friendId, roles: ['sailor'] });
  await groups.updateMembership({ teamId, membershipId, roles: ['captain'] });
  await groups.deleteMembership({ teamId, membershipId });
  await teams.delete({ teamId });
}

/** What a user hears with two subscriptions while the user and the server change things. */
async function everything({ session, userId, friendId, deprecated }) {
  const page = new Page('http://localhost:3000', { cookies: false }).open();
  const mine = client().setSession(session);
  const listener = deprecated ? mine : new Realtime(mine);
  const told = { all: [], red: [] };
  const channels = [rows, Channel.files(), Channel.teams(), Channel.memberships(), Channel.account()];
  const subscribe = (...all) => answered(page, 'subscribe', () => listener.subscribe(...all));
  const all = await subscribe(channels, (event) => told.all.push(event));
  const red = await subscribe(Channel.rows(), (event) => told.red.push(event), [Query.equal('text', 'red')]);
  await userChanges(mine, userId);
  await teamChanges(mine, friendId);
  await until(() => told.all.at(-1)?.events.includes('teams.crew.delete'));
  if (deprecated) [all, red].forEach((end) => end());
  else await listener.disconnect();
  await until(() => page.sockets[0].closed);
  return { told, channels: channels.map(String), sockets: page.sockets.map((socket) => socket.closed) };
}

// --- subscriptions -------------------------------------------------------------------------------------------------
/** Several subscriptions on one socket, each changed and ended without regard to the others. */
async function subscriptions() {
  const page = new Page('https://app.example.com').open();
  const realtime = new Realtime(client());
  const heard = { every: [], red: [], made: [] };
  const errors = [];
  realtime.onError((error, code) => errors.push([code, error.message]));
  const subscribe = (name, channels, queries) =>
    answered(page, 'subscribe', () => realtime.subscribe(channels, (event) => heard[name].push(event), queries));
  const every = await subscribe('every', Channel.rows());
  const red = await subscribe('red', [rows], [Query.or([Query.equal('text', 'red'), Query.equal('text', 'pink')])]);
  const made = await subscribe('made', [Channel.tablesdb('main').table('notes').row('a').create(), Channel.files()]);
  await row('a', 'red');
  await row('b', 'blue');
  await until(() => heard.every.length === 2);

  await realtime.subscribe('rows', () => {}, [Query.search('text', 'red')]);
  await until(() => errors.length);
  await answered(page, 'subscribe', () => red.update({ queries: [Query.equal('text', 'blue')] }));
  await answered(page, 'subscribe', () => made.update({ channels: ['rows.create'] }));
  await row('c', 'red');
  await row('d', 'blue');
  await until(() => heard.made.length === 3);
  await answered(page, 'unsubscribe', () => every.unsubscribe());
  await row('e', 'blue');
  await until(() => heard.made.length === 4);
  await answered(page, 'unsubscribe', () => made.close());
  const open = page.sockets.map((socket) => socket.closed ?? 'open');
  await row('f', 'blue');
  await until(() => heard.red.length === 4);
  await realtime.disconnect();
  return { heard: Object.values(heard).map(idsOf), errors, open, closed: page.sockets.map((socket) => socket.closed) };
}

// --- who listens ---------------------------------------------------------------------------------------------------
/** Somebody signs in in a page and hears of the own account; by cookies, or by what the SDK keeps instead. */
async function signedIn({ page: { origin, cookies }, email }) {
  const page = new Page(origin, { cookies }).open();
  const account = new Account(client());
  await account.create({ userId: 'unique()', email, password: PASSWORD });
  await account.createEmailPasswordSession({ email, password: PASSWORD });
  const realtime = new Realtime(client());
  const heard = [];
  await answered(page, 'subscribe', () => realtime.subscribe(Channel.account(), (event) => heard.push(event)));
  await account.updateName({ name: 'Ada' });
  await until(() => heard.length);
  await account.deleteSession({ sessionId: 'current' });
  await until(() => heard.length > 1);
  await realtime.disconnect();
  return {
    events: heard.map((event) => event.events[0].replaceAll(/\.[0-9a-z]{20}/g, '')), name: heard[0].payload.name,
    inBand: page.count('response', 'authentication'), known: page.sockets[0].got[0].data.user?.email ?? '',
  };
}

/** What somebody says of itself, heard by somebody else until the socket closes. */
async function presence({ sessions: [ada, eve] }) {
  const page = new Page('http://localhost:3000', { cookies: false }).open();
  const [speaker, listener] = [new Realtime(client().setSession(ada)), new Realtime(client().setSession(eve))];
  const heard = [];
  await answered(page, 'subscribe', () => listener.subscribe(Channel.presences(), (event) => heard.push(event)));
  const permissions = [Permission.read(Role.users())];
  const said = { presenceId: 'ada', permissions, metadata: { page: 'notes' } };
  await answered(page, 'presence', () => speaker.upsertPresence({ ...said, status: 'online' }));
  const { presences } = await new Presences(client().setSession(eve)).list();
  await answered(page, 'presence', () => speaker.upsertPresence({ ...said, status: 'typing' }));
  await speaker.disconnect();
  await until(() => heard.length === 3);
  await listener.disconnect();
  return {
    events: heard.map((event) => [event.events[0], event.payload.status]),
    listed: presences.map((one) => [one.$id, one.status, one.metadata]),
  };
}

/** What a page of another origin hears, and whether its SDK tries again. */
async function foreign({ origin }) {
  const page = new Page(origin).open();
  const realtime = new Realtime(client());
  const errors = [];
  realtime.onError((error, code) => errors.push([code, error.message]));
  await realtime.subscribe(Channel.rows(), () => {});
  await until(() => page.sockets[0].closed);
  await new Promise((resolve) => { setTimeout(resolve, 1500); }); // it tries again after a second
  return { errors, closed: page.sockets.map((socket) => socket.closed) };
}

// --- a server that is restarted ------------------------------------------------------------------------------------
/** Listen until a row comes that is called `last`; says what happens. */
async function comesBack() {
  const page = new Page('http://localhost:3000').open();
  const realtime = new Realtime(client());
  const heard = [];
  await realtime.subscribe(Channel.rows(), (event) => heard.push(event));
  await until(() => page.count('response', 'subscribe') === 1);
  say('subscribed');
  await until(() => heard.length);
  say('heard');
  await until(() => page.count('response', 'subscribe') === 2);
  say('subscribed again');
  await until(() => heard.at(-1).payload.$id === 'last');
  await realtime.disconnect();
  return { heard: idsOf(heard), closed: page.sockets.map((socket) => socket.closed) };
}

await run({ everything, subscriptions, signedIn, presence, foreign, comesBack });
