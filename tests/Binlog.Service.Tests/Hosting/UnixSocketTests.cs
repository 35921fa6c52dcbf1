using System.Net.Sockets;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Serving;

namespace Binlog.Service.Tests.Hosting;

/// <summary>A Pump's Unix socket (the key <c>pump.socket</c>).</summary>
public sealed class UnixSocketTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Socket => _directory.Combine("pump.sock");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Socket_GrpcAndHttp_AreServed()
    {
        await using BinlogHost host = await StartAsync("one");
        using var client = new PumpConnection("unix://" + Socket);
        await client.WriteAsync(TestBinlogs.Prewrite(1));
        await client.WriteAsync(TestBinlogs.Commit(1, 2));

        using var tcp = new PumpConnection(host.Pump!.Address.Address);
        await using IAsyncEnumerator<(ulong StartTs, ulong CommitTs)> pull = tcp.PullAsync(0, Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await pull.MoveNextAsync());
        Assert.Equal((1UL, 2UL), pull.Current);
        Assert.Contains("\"pump-1\"", await GetOverSocketAsync("/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_StopAndStart_FileGoesAndComes()
    {
        await (await StartAsync("one")).DisposeAsync();
        Assert.False(File.Exists(Socket));

        await using BinlogHost again = await StartAsync("one");

        Assert.True(File.Exists(Socket));
    }

    [Fact]
    public async Task Socket_LeftByADeadProcess_IsReplaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(_directory.Combine("dead.sock")));
            dead.Listen();

            // Closing the socket would remove its own file, as the crash of a process does not.
            File.Move(_directory.Combine("dead.sock"), Socket);
        }

        Assert.True(File.Exists(Socket));
        await using BinlogHost host = await StartAsync("one");

        Assert.Contains("\"pump-1\"", await GetOverSocketAsync("/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_InUse_StartFailed()
    {
        await using BinlogHost first = await StartAsync("one");

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => StartAsync("two"));

        Assert.Contains($"'{Socket}': another process is listening there", exception.Message, StringComparison.Ordinal);
        Assert.Contains("\"pump-1\"", await GetOverSocketAsync("/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_PathIsAFile_StartFailedAndFileStays()
    {
        File.WriteAllText(Socket, "precious");

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => StartAsync("one"));

        Assert.Contains(Socket, exception.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Socket));
    }

    [Fact]
    public async Task Socket_DirectoryMissing_StartFailed()
    {
        var exception = await Assert.ThrowsAsync<StartFailedException>(() => HostRoles.StartAsync(_directory.Combine("one"), "pump-1", HostRoles.Pump(socket: _directory.Combine("no/pump.sock"))));

        Assert.Contains(_directory.Combine("no"), exception.Message, StringComparison.Ordinal);
    }

    private Task<BinlogHost> StartAsync(string directory) => HostRoles.StartAsync(_directory.Combine(directory), "pump-1", HostRoles.Pump(socket: Socket));

    private async Task<string> GetOverSocketAsync(string path)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);
        return await http.GetStringAsync(new Uri("http://localhost" + path), Cancelled);
    }
}
