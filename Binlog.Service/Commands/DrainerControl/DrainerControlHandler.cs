using System.Globalization;
using System.Text.Json;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.DrainerControl;

/// <summary>What <c>drainer pause</c>, <c>drainer resume</c> and <c>drainer set</c> do.</summary>
internal static class DrainerControlHandler
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    public static Task<int> PauseAsync(DrainerSwitchOptions options, VerbContext context, CancellationToken cancellationToken) => AskAsync(options.Drainer, async client =>
    {
        string nodeId = await NodeIdAsync(client, cancellationToken);
        using (JsonDocument before = await client.GetAsync("/status", cancellationToken))
        {
            if (!before.RootElement.TryGetProperty("Paused", out _))
            {
                await client.ActAsync(nodeId, "pause", cancellationToken);
            }
        }

        ulong commitTs = await WaitUntilStillAsync(client, cancellationToken);
        await context.Output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Drainer {nodeId} is paused. The target has everything up to commit TS {commitTs}, and nothing is applied until: binlogd drainer resume --drainer {options.Drainer}"));
    });

    public static Task<int> ResumeAsync(DrainerSwitchOptions options, VerbContext context, CancellationToken cancellationToken) => AskAsync(options.Drainer, async client =>
    {
        string nodeId = await NodeIdAsync(client, cancellationToken);
        await client.ActAsync(nodeId, "resume", cancellationToken);
        await context.Output.WriteLineAsync($"Drainer {nodeId} goes on.");
    });

    public static Task<int> SetAsync(DrainerSetOptions options, VerbContext context, CancellationToken cancellationToken) => AskAsync(options.Drainer, async client =>
    {
        using JsonDocument settings = options.Changes.Count == 0
            ? await client.GetAsync("/settings", cancellationToken)
            : await client.SetAsync(options.Changes, cancellationToken);
        JsonElement now = settings.RootElement;
        await context.Output.WriteLineAsync($"{"SETTING",-20} {"IN EFFECT",10} {"CONFIGURED",10}");
        foreach (JsonProperty configured in now.GetProperty("configured").EnumerateObject())
        {
            await context.Output.WriteLineAsync($"{configured.Name,-20} {now.GetProperty(configured.Name).GetRawText(),10} {configured.Value.GetRawText(),10}");
        }

        await context.Output.WriteLineAsync(now.GetProperty("message").GetString());
    });

    private static async Task<int> AskAsync(Configuration.HostPort drainer, Func<DrainerClient, Task> ask)
    {
        using var client = new DrainerClient(drainer);
        try
        {
            await ask(client);
            return ExitCode.Ok;
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ServiceException($"{drainer} doesn't answer as a Drainer does: {exception.Message} Check that --drainer is the address of a Drainer.", exception);
        }
    }

    private static async Task<string> NodeIdAsync(DrainerClient client, CancellationToken cancellationToken)
    {
        using JsonDocument settings = await client.GetAsync("/settings", cancellationToken);
        return settings.RootElement.GetProperty("nodeId").GetString() ?? "";
    }

    /// <summary>A schema change that is under way may take hours; the pause holds from now on anyway.</summary>
    private static async Task<ulong> WaitUntilStillAsync(DrainerClient client, CancellationToken cancellationToken)
    {
        while (true)
        {
            using (JsonDocument status = await client.GetAsync("/status", cancellationToken))
            {
                if (!status.RootElement.TryGetProperty("Paused", out JsonElement paused))
                {
                    throw new ServiceException("Somebody else has resumed the Drainer meanwhile. Ask again.");
                }

                if (paused.GetProperty("IsStill").GetBoolean())
                {
                    return status.RootElement.GetProperty("LastTS").GetUInt64();
                }
            }

            await Task.Delay(LookInterval, cancellationToken);
        }
    }
}
