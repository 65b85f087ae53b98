// Accounts, users and teams with the Node.js SDK, as servers use it that sign people in and manage them.
import {
  Account, AuthenticationFactor, AuthenticatorType, ID, MessagingProviderType, PasswordHash, Project, ProjectAuthMethodId,
  ProjectEmailTemplateId, ProjectOAuthProviderId, ProjectPolicyId, Query, Teams, Users,
} from 'node-appwrite';
import { PASSWORD, guest, server, user } from './callers.mjs';
import { letter, refusal, run } from './flow.mjs';
import { totp } from './totp.mjs';

const OTHER_PASSWORD = 'another horse battery';
const of = (session) => new Account(guest().setSession(session.secret));
const signIn = async (email, password = PASSWORD) =>
  of(await new Account(server()).createEmailPasswordSession({ email, password }));

/** A server is told the secrets, and passes them on in whatever way it likes; users read them in their mails. */
async function waysIn({ email, phone, otp, mails }) {
  const account = new Account(server());
  const url = 'http://localhost:3000/in';
  const link = await account.createMagicURLToken({ userId: ID.unique(), email, url });
  const sent = await letter(mails, email);
  const byLink = await account.createSession({ userId: link.userId, secret: sent.query.secret });
  const code = await account.createEmailToken({ userId: ID.unique(), email, phrase: true });
  const { code: read } = await letter(mails, email);
  const byCode = await account.createSession({ userId: code.userId, secret: read });
  const call = await account.createPhoneToken({ userId: ID.unique(), phone });
  const byPhone = await account.createSession({ userId: call.userId, secret: otp });
  const token = await new Users(server()).createToken({ userId: byLink.userId, length: 12, expire: 60 });
  const byToken = await account.createSession({ userId: byLink.userId, secret: token.secret });
  const nobody = await account.createAnonymousSession();
  const me = await of(byPhone).get();
  const { secret: forGuests } = await new Account(guest()).createEmailToken({ userId: ID.unique(), email });
  return {
    told: [link.secret === sent.query.secret, code.secret === read], same: byLink.userId === byCode.userId,
    providers: [byLink, byCode, byPhone, byToken, nobody].map((session) => session.provider),
    phone: [me.phone, me.phoneVerification], guest: forGuests,
  };
}

async function account({ email, mails }) {
  const mine = new Account(await user(email));
  const url = 'http://localhost:3000/page';
  await mine.createEmailVerification({ url });
  const proof = (await letter(mails, email)).query;
  await new Account(guest()).updateEmailVerification({ userId: proof.userId, secret: proof.secret });
  const verified = (await mine.get()).emailVerification;
  await mine.updateName({ name: 'Ada' });
  await mine.updatePassword({ password: OTHER_PASSWORD, oldPassword: PASSWORD });
  await mine.updatePhone({ phone: '+4930777777', password: OTHER_PASSWORD });
  const { logs } = await mine.listLogs();
  const { identities } = await mine.listIdentities();
  await new Account(guest()).createRecovery({ email, url });
  const recovery = (await letter(mails, email)).query;
  await new Account(guest()).updateRecovery({ userId: recovery.userId, secret: recovery.secret, password: PASSWORD });
  const again = await signIn(email);
  const me = await again.get();
  await again.updateStatus();
  return {
    verified, me: [me.name, me.email, me.phone, me.targets.map((target) => target.identifier)], logged: logs.length > 3,
    out: await refusal(mine.get()), blocked: await refusal(signIn(email)), identities,
  };
}

async function secondFactors({ email }) {
  const mine = new Account(await user(email));
  const app = await mine.createMFAAuthenticator({ type: AuthenticatorType.Totp });
  await mine.updateMFAAuthenticator({ type: AuthenticatorType.Totp, otp: totp(app.secret) });
  const { recoveryCodes } = await mine.createMFARecoveryCodes();
  await mine.updateMFA({ mfa: true });
  const halfway = await signIn(email);
  const refused = await refusal(halfway.get());
  const factors = await halfway.listMFAFactors();
  const { $id: challengeId } = await halfway.createMFAChallenge({ factor: AuthenticationFactor.Totp });
  const { factors: shown } = await halfway.updateMFAChallenge({ challengeId, otp: totp(app.secret, 1) });
  const left = (await halfway.getMFARecoveryCodes()).recoveryCodes.length;
  await halfway.deleteMFAAuthenticator({ type: AuthenticatorType.Totp });
  const { totp: after } = await halfway.listMFAFactors();
  return { refused, factors, shown, codes: left === recoveryCodes.length && left > 0, after };
}

async function users({ email, hash }) {
  const service = new Users(server());
  const { $id: userId, ...made } = await service.create({ userId: ID.unique(), email, password: PASSWORD, name: 'Ada' });
  const imported = { userId: ID.unique(), email: `old-${email}`, password: hash, passwordVersion: PasswordHash.Sha256 };
  const grace = await service.createSHAUser(imported);
  const byOldPassword = (await (await signIn(`old-${email}`, 'a password of old')).get()).$id === grace.$id;
  await service.updateLabels({ userId, labels: ['vip'] });
  await service.updatePrefs({ userId, prefs: { theme: 'dark' } });
  const changed = await service.updateEmailVerification({ userId, emailVerification: true });
  const session = await service.createSession({ userId });
  const { jwt } = await service.createJWT({ userId, sessionId: session.$id });
  const byJwt = (await new Account(guest().setJWT(jwt)).get()).$id === userId;
  const target = await service.createTarget({
    userId, targetId: ID.unique(), providerType: MessagingProviderType.Sms, identifier: '+4930888888', name: 'Office',
  });
  await service.deleteTarget({ userId, targetId: target.$id });
  const found = await service.list({ queries: [Query.equal('email', [email, `old-${email}`])], search: 'Ada' });
  const logs = (await service.listLogs({ userId })).total;
  await service.updateStatus({ userId, status: false });
  const blocked = await refusal(of(session).get());
  await service.delete({ userId });
  return {
    made: [made.name, made.hash, made.labels], byOldPassword, rehashed: (await service.get({ userId: grace.$id })).hash,
    changed: [changed.labels, changed.prefs, changed.emailVerification], byJwt, target: [target.providerType, target.name],
    found: found.users.map((each) => each.$id === userId), logged: logs > 3, blocked,
    gone: await refusal(service.get({ userId })),
  };
}

/** Owners invite by mail; servers add. */
async function teams({ email, mails }) {
  const owner = new Teams(await user(`owner-${email}`));
  const { $id: teamId } = await owner.create({ teamId: ID.unique(), name: 'Crew' });
  await owner.createMembership({ teamId, roles: ['pilot'], email, url: 'http://localhost:3000/join' });
  const { membershipId, userId, secret } = (await letter(mails, email)).query;
  const anybody = new Teams(guest());
  const wrong = await refusal(anybody.updateMembershipStatus({ teamId, membershipId, userId, secret: 'wrong' }));
  const joined = await anybody.updateMembershipStatus({ teamId, membershipId, userId, secret });
  const roles = (await owner.updateMembership({ teamId, membershipId, roles: ['cook'] })).roles;
  const added = await new Teams(server()).createMembership({ teamId, roles: [], email: `other-${email}` });
  const { memberships } = await owner.listMemberships({ teamId });
  await owner.deleteMembership({ teamId, membershipId });
  const { total } = await owner.get({ teamId });
  await owner.updatePrefs({ teamId, prefs: { color: 'red' } });
  const prefs = await owner.getPrefs({ teamId });
  await owner.delete({ teamId });
  return {
    wrong, joined: [joined.confirm, joined.teamName], roles, added: added.confirm, prefs, total,
    listed: memberships.map((each) => [each.roles, each.confirm]), gone: await refusal(owner.get({ teamId })),
  };
}

/** What the project demands and offers. */
async function project() {
  const service = new Project(server());
  await service.updatePasswordStrengthPolicy({ min: 12 });
  const weak = { userId: ID.unique(), email: 'short@example.com', password: '12345678' };
  const short = await refusal(new Account(guest()).create(weak));
  const strength = await service.updatePasswordStrengthPolicy({ min: 8 });
  await service.updateSessionLimitPolicy({ total: 3 });
  const limit = await service.getPolicy({ policyId: ProjectPolicyId.Sessionlimit });
  const { policies } = await service.listPolicies({ queries: [Query.limit(100)] });
  await service.updateSessionLimitPolicy({ total: 10 });
  const off = await service.updateAuthMethod({ methodId: ProjectAuthMethodId.Phone, enabled: false });
  await service.updateAuthMethod({ methodId: ProjectAuthMethodId.Phone, enabled: true });
  await service.updateOAuth2GitHub({ clientId: 'id', clientSecret: 'secret', enabled: true });
  const github = await service.getOAuth2Provider({ providerId: ProjectOAuthProviderId.Github });
  const { providers } = await service.listOAuth2Providers({ queries: [Query.limit(100)] });
  const template = await service.getEmailTemplate({ templateId: ProjectEmailTemplateId.MagicSession });
  const number = '+4930999990';
  await service.createMockPhone({ number, otp: '123456' });
  const { mockNumbers } = await service.listMockPhones();
  await service.deleteMockPhone({ number });
  return {
    short, strength: strength.min, limit: limit.total, listed: policies.filter((policy) => policy.$id === 'session-limit'),
    phone: off.authMethods.filter((method) => method.$id === 'phone').map((method) => method.enabled),
    github, enabled: providers.filter((provider) => provider.enabled).map((provider) => provider.$id),
    template: [template.templateId, template.locale, template.message.includes('{{redirect}}')],
    mock: mockNumbers.filter((phone) => phone.number === number).map((phone) => phone.otp),
  };
}

await run({ waysIn, account, secondFactors, users, teams, project });
