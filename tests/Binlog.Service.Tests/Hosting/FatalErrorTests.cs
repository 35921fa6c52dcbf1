using System.Net.Sockets;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Hosting;

public sealed class FatalErrorTests : IDisposable
{
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Report_OwnFailureInside_GivesItsMessageAndExitCode()
    {
        var exception = new AggregateException(new IOException("outer", new StartFailedException("why")));

        Assert.Equal(ExitCode.StartFailed, FatalError.Report(exception, _error, details: false));

        Assert.Equal($"binlogd: why{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public void Report_ServiceFailure_IsFailed() =>
        Assert.Equal(ExitCode.Failed, FatalError.Report(new ServiceException("why"), _error, details: false));

    [Fact]
    public void Report_PortInUse_SaysWhatToDo()
    {
        var exception = new IOException("Failed to bind to address http://127.0.0.1:8250.", new SocketException((int)SocketError.AddressAlreadyInUse));

        Assert.Equal(ExitCode.StartFailed, FatalError.Report(exception, _error, details: false));

        Assert.Contains("127.0.0.1:8250. Another program listens on that port; stop it, or choose another port.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_Unexpected_IsOneLineWithTypeAndWayToDetails()
    {
        Assert.Equal(ExitCode.Failed, FatalError.Report(new InvalidOperationException("two\r\nlines"), _error, details: false));

        Assert.Equal($"binlogd: unexpected InvalidOperationException: two lines Set BINLOG__LOG__LEVEL=debug for details.{Environment.NewLine}", _error.ToString());
    }
}
