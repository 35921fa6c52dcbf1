using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TiDB;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Pump.Debugging;

/// <summary><c>GET /debug/binlog/{ts}</c>: what the store has at a start TS or commit TS, as text for people.</summary>
internal sealed class BinlogDumpEndpoint(IStoredBinlogs store)
{
    private const string Timestamp = "ts";

    /// <summary>The endpoint, for a node's table.</summary>
    public static HttpEndpoint Of(IStoredBinlogs store) => HttpEndpoint.Get($"/debug/binlog/{{{Timestamp}}}", new BinlogDumpEndpoint(store).HandleAsync);

    private async Task HandleAsync(HttpContext context)
    {
        (int status, string text) = Answer((string?)context.Request.RouteValues[Timestamp]);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    private (int Status, string Text) Answer(string? text)
    {
        if (!Tso.TryParse(text, null, out Tso ts))
        {
            return (StatusCodes.Status400BadRequest, $"'{text}' is not a timestamp; expected a start TS or commit TS, an integer from 0 to {ulong.MaxValue}.\n");
        }

        try
        {
            return store.Find(ts.Value) is { } found
                ? (StatusCodes.Status200OK, Dump(found))
                : (StatusCodes.Status404NotFound, $"not found: this Pump has no binlog of start TS or commit TS {ts}.\n");
        }
        catch (Exception exception) when (exception is RelayLogException or ServiceException)
        {
            bool isTransient = exception is IndexReadException or RelayLogException { IsTransient: true };
            return (isTransient ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError, $"The binlog of {ts} can't be read: {exception.Message}\n");
        }
    }

    private string Dump(StoredBinlog found)
    {
        var dump = new BinlogDump();
        dump.Transaction(found);
        foreach (LogPosition position in new[] { found.Prewrite, found.Commit }.Where(position => position != default))
        {
            dump.Record(store.Open(position));
        }

        return dump.ToString();
    }
}
