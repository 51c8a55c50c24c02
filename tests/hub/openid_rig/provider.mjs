// A certified OpenID provider on a free loopback port, with people from a file that the test may change meanwhile.
//
// Arguments: that file, and the address at which the hub is. Prints its own address once it answers.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [people, hub] = process.argv.slice(2);
const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'tympan',
    client_secret: 'a secret between the two',
    redirect_uris: [`${hub}/sign-in/back/stadtwerke/contoso`, `${hub}/sign-in/back/-service/contoso`],
    post_logout_redirect_uris: [`${hub}/sign-in?said=signed-out`],
    grant_types: ['authorization_code', 'refresh_token'],
  }],
  claims: {
    openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'],
  },
  scopes: ['openid', 'offline_access'],
  cookies: { keys: ['a key of the tests'] },
  pkce: { methods: ['S256'], required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  // Nobody is asked for consent: the hub is the house's own application.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid profile email groups offline_access');
    await grant.save();
    return grant;
  },
  async findAccount(_, id) {
    const person = JSON.parse(readFileSync(people, 'utf8'))[id];
    return person && { accountId: id, claims: async () => ({ sub: id, ...person }) };
  },
});

const page = `<!doctype html><html lang="en"><title>Contoso</title><h1>Contoso</h1>
<form method="post"><label>Account <input name="account"></label><button>Continue</button></form></html>`;

async function interact(request, response) {
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    response.end(page);
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  const accountId = new URLSearchParams(body).get('account');
  await provider.interactionFinished(request, response, { login: { accountId } });
}

const answer = provider.callback();
server.on('request', (request, response) => {
  if (request.url.startsWith('/interaction/')) {
    interact(request, response).catch((error) => { response.statusCode = 500; response.end(String(error)); });
  } else {
    answer(request, response);
  }
});
console.log(`answers on ${issuer}`);
