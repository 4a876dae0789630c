// Ask once, and print the status, or what went wrong: node fetch.mjs URL API_KEY MILLISECONDS
const [url, key, limit] = process.argv.slice(2);
const headers = { "X-API-Key": key, "X-API-Version": "2025-07-01", Accept: "application/json" };
try {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(Number(limit)) });
  JSON.parse(await answer.text());
  console.log(answer.status);
} catch (error) {
  console.log(error.cause?.code ?? error.name);
}
