// Where the server is must be said when the client is made.
module.exports = {
  exchequer: {
    input: 'openapi.json',
    output: { target: 'client/orval.ts', client: 'fetch', baseUrl: process.env.BASE_URL },
  },
};
