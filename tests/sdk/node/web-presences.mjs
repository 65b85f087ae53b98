// Presences with the web SDK, in pages of browsers.
import { Account, Client, ID, Permission, Presences, Query, Role } from 'appwrite';
import { Page } from './browser.mjs';
import { at, refusal, run } from './flow.mjs';

const client = () => new Client().setEndpoint(at.endpoint).setProject(at.project);

/** A browser of its own, in which somebody new has signed in. */
async function signedIn(origin) {
  const page = new Page(origin).open();
  const account = new Account(client());
  const login = { email: `${ID.unique()}@example.com`, password: 'correct horse battery' };
  const { $id } = await account.create({ userId: ID.unique(), ...login });
  await account.createEmailPasswordSession(login);
  return { page, id: $id };
}

/** Two users see each other come, change and go; somebody who is a guest sees nobody. */
async function together({ origin }) {
  const presences = new Presences(client());
  const ids = (list) => list.presences.map((presence) => presence.$id);
  const ada = await signedIn(origin);
  const everybody = [Permission.read(Role.users()), Permission.write(Role.user(ada.id))];
  const made = await presences.upsert({ presenceId: 'ada', status: 'online', permissions: everybody, metadata: { page: 1 } });
  const eve = await signedIn(origin);
  await presences.upsert({ presenceId: 'eve', status: 'away' });
  const byEve = { seen: ids(await presences.list()), ada: (await presences.get({ presenceId: 'ada' })).metadata };
  const refused = [
    await refusal(presences.update({ presenceId: 'ada', status: 'x' })),
    await refusal(presences.upsert({ presenceId: ID.unique(), status: 'x', permissions: [Permission.read(Role.user(ada.id))] })),
  ];

  ada.page.open();
  const byAda = ids(await presences.list({ queries: [Query.equal('userId', [ada.id, eve.id])] }));
  const again = await presences.upsert({ presenceId: ID.unique(), status: 'typing', permissions: everybody });
  const changed = await presences.update({ presenceId: 'ada', metadata: { page: 2 }, purge: true });
  await presences.delete({ presenceId: 'ada' });
  const gone = await refusal(presences.get({ presenceId: 'ada' }));

  new Page(origin).open();
  return {
    made: [made.userId === ada.id, made.status, made.source, made.metadata], byEve, byAda, refused,
    again: [again.$id, again.status, again.metadata], changed: [changed.status, changed.metadata], gone,
    guest: await refusal(presences.list()),
  };
}

await run({ together });
