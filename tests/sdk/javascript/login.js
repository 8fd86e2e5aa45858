// Logging in by an OAuth 2 library that finds the token endpoint by itself, and encodes id
// and secret as RFC 6749 asks for.
'use strict';

const { pathToFileURL } = require('node:url');
const { assert, env, run } = require('./world');

// It is a module, which Node does not look for on NODE_PATH.
const library = () => import(pathToFileURL(require.resolve('openid-client')));

async function discovery(authentication, who = 'ACME') {
  const oauth = await library();
  return oauth.discovery(
    new URL(env.BASE_URL), env[`${who}_CLIENT`], undefined, authentication(oauth),
    { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] });
}

async function bothPlacesOfASecret() {
  const oauth = await library();
  for (const method of ['ClientSecretBasic', 'ClientSecretPost']) {
    const config = await discovery(() => oauth[method](env.SECRET));
    const { access_token: token } = await oauth.clientCredentialsGrant(config);
    const own = new URL('/api/v2/organizations/me', env.BASE_URL);
    const answer = await oauth.fetchProtectedResource(config, token, own, 'GET');
    assert.equal((await answer.json()).id, env.ACME_ORGANIZATION, method);
  }
}

async function challenges() {
  const oauth = await library();
  const config = await discovery(() => oauth.ClientSecretBasic(env.SECRET));
  const own = new URL('/api/v2/organizations/me', env.BASE_URL);
  const [challenge] = await oauth.fetchProtectedResource(config, 'nonsense', own, 'GET')
    .then(() => assert.fail('let in'), (error) => error.cause);
  assert.equal(challenge.scheme, 'bearer');
  assert.deepEqual({ ...challenge.parameters }, { realm: 'exchequer', error: 'invalid_token' });
  const wrong = await discovery(() => oauth.ClientSecretBasic('not-the-secret-of-this-client'));
  const [refused] = await oauth.clientCredentialsGrant(wrong)
    .then(() => assert.fail('let in'), (error) => error.cause);
  assert.equal(refused.scheme, 'basic');
}

run(bothPlacesOfASecret, challenges);
