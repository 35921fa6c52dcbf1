using System.Text.Json;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>A Drainer's <c>/status</c>, seen from outside.</summary>
/// <param name="LastTs">Applied and durable downstream.</param>
/// <param name="ErrMsg">Why it does not go on.</param>
/// <param name="PumpPositions">Up to which commit TS each Pump was pulled.</param>
/// <param name="StandbyOf">Whom it waits for; null when it is no standby.</param>
internal sealed record DrainerStatus(ulong LastTs, string ErrMsg, IReadOnlyDictionary<string, ulong> PumpPositions, string? StandbyOf)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Asks once; null when nobody answers.</summary>
    public static async Task<DrainerStatus?> TryReadAsync(int port)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/status"), TestContext.Current.CancellationToken));
            return new DrainerStatus(
                json.RootElement.GetProperty("LastTS").GetUInt64(),
                json.RootElement.GetProperty(nameof(ErrMsg)).GetString()!,
                json.RootElement.GetProperty("PumpPos").EnumerateObject().ToDictionary(pump => pump.Name, pump => pump.Value.GetUInt64()),
                json.RootElement.TryGetProperty("Standby", out JsonElement standby) ? standby.GetProperty("Active").GetString() : null);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Asks until the answer is as wanted; fails after the deadline with the last answer.</summary>
    public static async Task<DrainerStatus> WaitForAsync(int port, Func<DrainerStatus, bool> isWanted, TimeSpan patience, Func<string>? describe = null)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(patience);
        DrainerStatus? last = null;
        while (!timeout.IsCancellationRequested)
        {
            if (await TryReadAsync(port) is { } status)
            {
                last = status;
                if (isWanted(status))
                {
                    return status;
                }
            }

            await Task.Delay(50, timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        throw new TimeoutException($"The Drainer's status did not become what was wanted within {patience}; last: {last}. {describe?.Invoke()}");
    }
}
