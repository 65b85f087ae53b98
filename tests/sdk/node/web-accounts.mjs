// Accounts with the web SDK, in pages of browsers: every way in, and what comes after it.
import { Account, AuthenticationFactor, AuthenticatorType, Client, ID, OAuthProvider, Query, Teams } from 'appwrite';
import { Page } from './browser.mjs';
import { at, letter, refusal, run } from './flow.mjs';
import { totp } from './totp.mjs';

const PASSWORD = 'correct horse battery';
const OTHER_PASSWORD = 'another horse battery';
const client = () => new Client().setEndpoint(at.endpoint).setProject(at.project);

/** Someone new in a browser of their own, where calls are made from now on. */
const open = ({ origin, cookies }) => new Page(origin, { cookies }).open();

/** How the user of this page has signed in: the one session that is current. */
async function session() {
  const { sessions } = await new Account(client()).listSessions();
  const [current] = sessions.filter((each) => each.current);
  return { provider: current.provider, secret: current.secret, total: sessions.length };
}

async function signOut() {
  const account = new Account(client());
  await account.deleteSession({ sessionId: 'current' });
  return refusal(account.get());
}

/** Without a password: a link in a mail, then a code in another. */
async function mails({ page, email, mails }) {
  open(page);
  const account = new Account(client());
  const url = `${page.origin}/in?from=mail`;
  const { secret } = await account.createMagicURLToken({ userId: ID.unique(), email, url, phrase: true });
  const sent = await letter(mails, email);
  const byLink = await account.createSession({ userId: sent.query.userId, secret: sent.query.secret });
  const me = await account.get();
  const first = { secret, link: sent.link.startsWith(`${url}&`), session: await session(), verified: me.emailVerification };
  const again = await refusal(account.createSession({ userId: me.$id, secret: sent.query.secret }));
  first.out = await signOut();

  const token = await account.createEmailToken({ userId: ID.unique(), email, phrase: true });
  const { code, text } = await letter(mails, email);
  const wrong = await refusal(account.createSession({ userId: token.userId, secret: '000000' }));
  const byCode = await account.createSession({ userId: token.userId, secret: code });
  return {
    first, again, same: byLink.userId === byCode.userId, phrase: text.includes(token.phrase), wrong,
    second: await session(), out: await signOut(),
  };
}

/** The page goes to the provider and comes back with a session. */
async function oauth2Session({ page }) {
  const browser = open(page);
  const account = new Account(client());
  const [success, failure] = [`${page.origin}/in`, `${page.origin}/out`];
  account.createOAuth2Session({ provider: 'mock', success, failure, scopes: ['profile'] });
  const came = await browser.follow();
  const { pathname } = globalThis.window.location;
  const me = await account.get();
  const { identities } = await account.listIdentities({ queries: [Query.equal('provider', 'mock')] });
  const refreshed = await account.updateSession({ sessionId: 'current' });
  const result = {
    came, pathname, email: me.email, session: await session(), cookies: browser.cookieNames.sort(),
    identity: [identities.length, identities[0].providerUid], refreshed: refreshed.providerAccessToken,
  };
  await account.deleteIdentity({ identityId: identities[0].$id });
  return { ...result, left: (await account.listIdentities()).total, out: await signOut() };
}

/** The page comes back with a token, and makes the session by itself: also where foreign cookies are refused. */
async function oauth2Token({ page }) {
  const browser = open(page);
  const account = new Account(client());
  account.createOAuth2Token({ provider: 'mock', success: `${page.origin}/in`, failure: `${page.origin}/out` });
  const { userId, secret } = await browser.follow();
  await account.createSession({ userId, secret });
  const me = await account.get();
  return { email: me.email, same: me.$id === userId, session: await session(), stored: browser.storedNames, out: await signOut() };
}

/** Somebody without a name goes to the provider, and comes back as the same user with one. */
async function oauth2Link({ page }) {
  const browser = open(page);
  const account = new Account(client());
  const { userId } = await account.createAnonymousSession();
  account.createOAuth2Session({ provider: 'mock', success: `${page.origin}/in`, failure: `${page.origin}/out` });
  await browser.follow();
  const me = await account.get();
  return { same: me.$id === userId, email: me.email, session: (await session()).provider, out: await signOut() };
}

/** A provider that is not set up, a page that is not of the project, a sign-in that another browser has started. */
async function oauth2Refusals({ page }) {
  const home = open(page);
  const account = new Account(client());
  const urls = { success: `${page.origin}/in`, failure: `${page.origin}/out` };
  account.createOAuth2Session({ provider: OAuthProvider.Github, ...urls });
  const disabled = await home.follow().catch((error) => error.message);
  account.createOAuth2Session({ provider: 'mock', ...urls, success: 'https://evil.example/in' });
  const evil = await home.follow().catch((error) => error.message);
  account.createOAuth2Session({ provider: 'mock', ...urls });
  const callback = await home.follow({ until: '/callback/' });
  const victim = open(page);
  const { error } = await victim.follow({ url: callback });
  return {
    disabled: disabled.includes('project_provider_disabled'), evil: evil.includes('general_argument_invalid'),
    foreign: [JSON.parse(error).type, globalThis.window.location.pathname, await refusal(account.get())],
  };
}

/** A second factor by mail, another by an authenticator app, and recovery codes. */
async function secondFactors({ page, email, mails }) {
  open(page);
  const account = new Account(client());
  const token = await account.createEmailToken({ userId: ID.unique(), email });
  await account.createSession({ userId: token.userId, secret: (await letter(mails, email)).code });
  await account.updatePassword({ password: PASSWORD });
  const app = await account.createMFAAuthenticator({ type: AuthenticatorType.Totp });
  await account.updateMFAAuthenticator({ type: AuthenticatorType.Totp, otp: totp(app.secret) });
  const { recoveryCodes } = await account.createMFARecoveryCodes();
  await account.updateMFA({ mfa: true }); // this session has shown both
  const out = await signOut();

  const signIn = () => account.createEmailPasswordSession({ email, password: PASSWORD });
  const show = async (factor, otp) => {
    await signIn();
    const halfway = await refusal(account.get());
    const { $id: challengeId } = await account.createMFAChallenge({ factor });
    const wrong = await refusal(account.updateMFAChallenge({ challengeId, otp: '000000' }));
    const { factors } = await account.updateMFAChallenge({ challengeId, otp: await otp() });
    const { email: address } = await account.get();
    await signOut();
    return { halfway, wrong, factors, address };
  };
  return {
    out,
    email: await show(AuthenticationFactor.Email, async () => (await letter(mails, email)).code),
    totp: await show(AuthenticationFactor.Totp, () => totp(app.secret, 1)), // that of now is used up
    recovery: await show(AuthenticationFactor.Recoverycode, () => recoveryCodes[0]),
  };
}

/** The owner invites in one browser, the link signs the new member in in another. */
async function invitation({ page, email, mails }) {
  const home = open(page);
  const account = new Account(client());
  const owner = { email: `owner-of-${email}`, password: PASSWORD };
  await account.create({ userId: ID.unique(), ...owner, name: 'Olga' });
  await account.createEmailPasswordSession(owner);
  const team = await new Teams(client()).create({ teamId: ID.unique(), name: 'Crew' });
  const invite = { teamId: team.$id, roles: ['pilot'], email, name: 'Ada', url: `${page.origin}/join` };
  const { confirm, roles } = await new Teams(client()).createMembership(invite);

  const other = open(page);
  const { query, text } = await letter(mails, email);
  const { teamId, membershipId, userId, secret } = query;
  const joined = await new Teams(client()).updateMembershipStatus({ teamId, membershipId, userId, secret });
  const me = await account.get();
  const seen = await new Teams(client()).get({ teamId });

  home.open();
  await new Teams(client()).updatePrefs({ teamId, prefs: { color: 'red' } });
  const { memberships } = await new Teams(client()).listMemberships({ teamId });
  other.open();
  const prefs = await new Teams(client()).getPrefs({ teamId });
  await new Teams(client()).deleteMembership({ teamId, membershipId });
  return {
    invited: [confirm, roles], owner: text.includes('Olga'), joined: [joined.confirm, joined.teamName],
    me: [me.email, me.name, me.emailVerification], session: await session(), total: seen.total, prefs,
    listed: memberships.map((each) => each.roles), gone: await refusal(new Teams(client()).get({ teamId })),
    out: await signOut(),
  };
}

/** A forgotten password, an address that is proven, sessions in several browsers. */
async function account({ page, email, mails }) {
  const home = open(page);
  const own = new Account(client());
  await own.create({ userId: ID.unique(), email, password: PASSWORD, name: 'Ada' });
  await own.createEmailPasswordSession({ email, password: PASSWORD });
  await own.createEmailVerification({ url: `${page.origin}/verify` });
  const proof = (await letter(mails, email)).query;
  await own.updateEmailVerification({ userId: proof.userId, secret: proof.secret });
  const verified = (await own.get()).emailVerification;
  const target = await own.createPushTarget({ targetId: ID.unique(), identifier: 'device' });
  const moved = await own.updatePushTarget({ targetId: target.$id, identifier: 'other device' });
  await own.deletePushTarget({ targetId: target.$id });

  const other = open(page);
  await own.createEmailPasswordSession({ email, password: PASSWORD });
  const two = await own.listSessions();
  const logs = (await own.listLogs({ queries: [Query.limit(1)] })).logs;
  open(page);
  await own.createRecovery({ email, url: `${page.origin}/recover` });
  const recovery = (await letter(mails, email)).query;
  await own.updateRecovery({ userId: recovery.userId, secret: recovery.secret, password: OTHER_PASSWORD });
  const left = [];
  for (const browser of [home, other]) {
    browser.open();
    left.push((await refusal(own.get()))[0]);
  }
  await own.createEmailPasswordSession({ email, password: OTHER_PASSWORD });
  await own.deleteSessions();
  return {
    verified, target: [target.providerType, moved.identifier], two: [two.total, two.sessions.filter((each) => each.current).length],
    logs: [logs.length, logs[0].event], left, cookies: other.cookieNames, out: await refusal(own.get()),
  };
}

/** Nobody in particular, who becomes somebody in the same session. */
async function anonymous({ page, email }) {
  open(page);
  const account = new Account(client());
  const { userId } = await account.createAnonymousSession();
  const before = await account.get();
  const after = await account.updateEmail({ email, password: PASSWORD });
  const same = after.$id === userId;
  const blocked = await account.updateStatus();
  return { before: before.email, after: [same, after.email === email], status: blocked.status, out: await refusal(account.get()) };
}

await run({ mails, oauth2Session, oauth2Token, oauth2Link, oauth2Refusals, secondFactors, invitation, account, anonymous });
