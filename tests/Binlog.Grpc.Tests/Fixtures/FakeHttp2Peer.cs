using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Binlog.Grpc.Tests.Fixtures;

/// <summary>
/// A raw-socket server that speaks just enough HTTP/2 to misbehave: it shakes hands, waits for the headers of a request
/// and then sends what the test scripted.
/// </summary>
internal sealed class FakeHttp2Peer : IAsyncDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte ResetStream = 3;
    public const byte GoAway = 7;
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly Func<NetworkStream, int, Task> _answer;
    private readonly bool _handshake;

    /// <param name="answer">Gets the connection and the stream's id; the connection is closed when it returns.</param>
    /// <param name="handshake">Whether to speak HTTP/2 at all before that.</param>
    public FakeHttp2Peer(Func<NetworkStream, int, Task> answer, bool handshake = true)
    {
        _answer = answer;
        _handshake = handshake;
        _listener.Start();
        _loop = Task.Run(AcceptAsync);
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public CancellationToken Stopped => _stop.Token;

    public static byte[] Frame(byte type, byte flags, int stream, params byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    /// <summary>A HEADERS frame; each field is a literal without indexing (RFC 7541, 6.2.2).</summary>
    public static byte[] HeadersFrame(int stream, bool endStream, params (string Name, string Value)[] fields)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            block.WriteByte((byte)name.Length);
            block.Write(Encoding.ASCII.GetBytes(name));
            block.WriteByte((byte)value.Length);
            block.Write(Encoding.ASCII.GetBytes(value));
        }

        return Frame(Headers, (byte)(EndHeaders | (endStream ? EndStream : 0)), stream, block.ToArray());
    }

    public static byte[] GrpcHead(int stream) => HeadersFrame(stream, false, (":status", "200"), ("content-type", "application/grpc"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        await using var stream = client.GetStream();
        try
        {
            var id = _handshake ? await ShakeHandsAsync(stream) : 0;
            await _answer(stream, id);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away first, or the test is over.
        }
    }

    private async Task<int> ShakeHandsAsync(NetworkStream stream)
    {
        await stream.ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length], _stop.Token);
        await stream.WriteAsync(Frame(4, 0, 0), _stop.Token);
        var header = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(header, _stop.Token);
            var length = (header[0] << 16) | (header[1] << 8) | header[2];
            await stream.ReadExactlyAsync(new byte[length], _stop.Token);
            if (header[3] == 4 && header[4] == 0)
            {
                await stream.WriteAsync(Frame(4, 1, 0), _stop.Token);
            }
            else if (header[3] == Headers)
            {
                return BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5));
            }
        }
    }
}
