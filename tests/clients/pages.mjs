// Read every page of users, and print their ids as JSON: node pages.mjs BASE_URL HEADERS
const [baseUrl, headers] = process.argv.slice(2);

const ids = [];
let url = `${baseUrl}/users`;
let pagination;
do {
  const answer = await fetch(url, { headers: JSON.parse(headers) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  const page = await answer.json();
  ids.push(...page._data.map((user) => user.id));
  pagination = page._meta.pagination;
  url = page._links.next;
} while (pagination.page < pagination.total_pages);

console.log(JSON.stringify(ids));
