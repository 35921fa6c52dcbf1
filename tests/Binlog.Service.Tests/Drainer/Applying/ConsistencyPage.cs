using System.Text.Json;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>The examples of docs/operations/consistency.md.</summary>
internal static class ConsistencyPage
{
    public static JsonElement Eventual => Example(1);

    public static JsonElement SafeMode => Example(2);

    /// <summary>An example as arguments of a Drainer.</summary>
    public static string[] ArgumentsOf(JsonElement drainer) => [.. drainer.EnumerateObject().Select(setting => $"--drainer:{setting.Name}={setting.Value}")];

    private static JsonElement Example(int number)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "consistency.md"));
        return JsonElement.Parse(page.Split("```json")[number].Split("```")[0]).GetProperty("drainer");
    }
}
