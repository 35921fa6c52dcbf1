using System.Net.Sockets;
using Binlog.Cluster;
using Binlog.RelayLog;

namespace Binlog.Service.Hosting;

/// <summary>Turns the exception that ends the process into one line and an exit code.</summary>
internal static class FatalError
{
    /// <summary>Environment variable that makes the details appear.</summary>
    public const string LevelVariable = "BINLOG__LOG__LEVEL";

    /// <summary>Writes why the process ends; returns its exit code.</summary>
    /// <param name="exception">What nothing handled.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="details">Also write the exception with its stack.</param>
    public static int Report(Exception exception, TextWriter error, bool details)
    {
        if (exception is OperationCanceledException)
        {
            error.WriteLine("binlogd: stopped before it was done.");
            return ExitCode.Interrupted;
        }

        var known = Find<ServiceException>(exception);
        var explained = known?.Message ?? Find<ClusterException>(exception)?.Message ?? Find<RelayLogException>(exception)?.Message;
        var inUse = Find<SocketException>(exception) is { SocketErrorCode: SocketError.AddressAlreadyInUse };
        var line = explained ?? (inUse
            ? $"{exception.Message} Another program listens on that port; stop it, or choose another port."
            : $"unexpected {exception.GetType().Name}: {exception.Message} Set {LevelVariable}=debug for details.");
        error.WriteLine($"binlogd: {OneLine(line)}");
        if (details)
        {
            error.WriteLine(exception);
        }

        return known?.ExitCode ?? (inUse ? ExitCode.StartFailed : ExitCode.Failed);
    }

    /// <summary>The text without line breaks.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }

            if (exception is AggregateException aggregate && aggregate.InnerExceptions.Select(Find<T>).FirstOrDefault(e => e is not null) is { } inner)
            {
                return inner;
            }
        }

        return null;
    }
}
