// A client of .NET's HttpClient, with the vendor's address built in.
using System.Text.Json;

var headers = JsonSerializer.Deserialize<Dictionary<string, string>>(args[2])!;
using var client = new HttpClient();
foreach (var (name, value) in headers)
{
    client.DefaultRequestHeaders.Add(name, value);
}
try
{
    await client.GetStringAsync(args[1]);
}
catch (HttpRequestException)
{
}
Console.WriteLine(await client.GetStringAsync(args[0]));
