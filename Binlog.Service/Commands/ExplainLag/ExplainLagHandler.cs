using System.Globalization;
using System.Text.Json;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.ExplainLag;

/// <summary>What <c>explain-lag</c> does: asks a Drainer, and prints its answer for people.</summary>
internal static class ExplainLagHandler
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(ExplainLagOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        string text = await AskAsync(options, cancellationToken);
        if (options.Json)
        {
            await context.Output.WriteLineAsync(text);
            return ExitCode.Ok;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            Write(document.RootElement, context.Output);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ServiceException($"{options.Drainer} doesn't answer as a Drainer does: {exception.Message} Check that --drainer is the address of a Drainer.", exception);
        }

        return ExitCode.Ok;
    }

    private static async Task<string> AskAsync(ExplainLagOptions options, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = CallTimeout };
        try
        {
            return await client.GetStringAsync(new Uri($"http://{options.Drainer}/lag"), cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ServiceException($"The Drainer at {options.Drainer} can't be asked: {exception.Message} Check that it runs and that --drainer is its address.", exception);
        }
    }

    private static void Write(JsonElement lag, TextWriter output)
    {
        string label = "Main reason:";
        foreach (JsonElement reason in lag.GetProperty("reasons").EnumerateArray())
        {
            output.WriteLine($"{label} {reason.GetProperty("message").GetString()}");
            label = "Also:";
        }

        output.WriteLine($"{"STAGE",-10} {"COMMIT TS",20} {"BEHIND",12}");
        foreach (JsonProperty stage in lag.GetProperty("stages").EnumerateObject())
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{stage.Name,-10} {stage.Value.GetProperty("commitTs").GetUInt64(),20} {stage.Value.GetProperty("lagMilliseconds").GetDouble(),9:0} ms"));
        }

        JsonElement backlog = lag.GetProperty("backlog");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Waiting to be applied: {backlog.GetProperty("records").GetUInt64()} records, {backlog.GetProperty("bytes").GetInt64()} bytes; applied lately: {backlog.GetProperty("rowsPerSecond").GetDouble():0} rows/s, {backlog.GetProperty("bytesPerSecond").GetDouble():0} bytes/s"));
    }
}
