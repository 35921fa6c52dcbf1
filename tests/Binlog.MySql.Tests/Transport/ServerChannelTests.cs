using System.Net;
using System.Net.Sockets;
using Binlog.MySql.Tests.Fakes;
using Binlog.MySql.Transport;

namespace Binlog.MySql.Tests.Transport;

public sealed class ServerChannelTests : IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly ManualTimeProvider _time = new();
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _server;
    private readonly ServerChannel _channel;

    public ServerChannelTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
        _channel = new ServerChannel(_client, "here", _time, Silence);
    }

    public void Dispose()
    {
        _channel.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task ReadAsync_FewerBytesThanExpectedInTime_AreGivenToTheReader()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has a low-water mark that wakes no sleeping reader");
        var buffer = new byte[100];
        _channel.ExpectBytes(50);
        var reading = _channel.ReadAsync(buffer).AsTask();
        await SendAsync(10, waits: true);
        Assert.False(reading.IsCompleted);
        _time.Advance(Silence);
        Assert.Equal(10, await reading);

        _channel.ExpectBytes(20);
        reading = _channel.ReadAsync(buffer).AsTask();
        await SendAsync(30, waits: false);
        Assert.Equal(30, await reading);

        reading = _channel.ReadAsync(buffer).AsTask();
        _time.Advance(Silence);
        var e = await Assert.ThrowsAsync<MySqlException>(() => reading);
        Assert.True(e.IsConnectionLost);
        Assert.Same(e, _channel.Failure);
    }

    [Fact]
    public async Task ReadAsync_ServerLeavesBeforeTheExpectedBytes_IsLost()
    {
        _channel.ExpectBytes(50);
        var reading = _channel.ReadAsync(new byte[100]).AsTask();
        _server.Shutdown(SocketShutdown.Both);
        var e = await Assert.ThrowsAsync<MySqlException>(() => reading);
        Assert.Contains("closed the connection", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_BytesArriveNowAndThen_AreWaitedForAnew()
    {
        var buffer = new byte[100];
        for (var i = 0; i < 5; i++)
        {
            var reading = _channel.ReadAsync(buffer).AsTask();
            _time.Advance(Silence * 0.9);
            Assert.Null(_channel.Failure);
            await _server.SendAsync(new byte[10]);
            Assert.Equal(10, await reading);
        }
    }

    /// <summary>Sends, and waits if asked until the bytes are on the other side, where nobody reads them yet.</summary>
    private async Task SendAsync(int count, bool waits)
    {
        await _server.SendAsync(new byte[count]);
        while (waits && _client.Available < count)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
