using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Binlog.MySql.Protocol;

namespace Binlog.MySql.Tests.Fakes;

/// <summary>The server's end of one connection: packets in and out.</summary>
internal sealed class FakeConnection(Stream stream, CancellationToken cancellationToken)
{
    private Stream _stream = stream;
    private byte _sequence;

    public FakeLogin? Login { get; private set; }

    public bool IsEncrypted => _stream is SslStream;

    public CancellationToken CancellationToken => cancellationToken;

    public async Task<byte[]> ReadAsync()
    {
        var header = new byte[4];
        await _stream.ReadExactlyAsync(header, cancellationToken);
        var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        await _stream.ReadExactlyAsync(payload, cancellationToken);
        _sequence = (byte)(header[3] + 1);
        return payload;
    }

    public async Task WriteAsync(params byte[][] payloads)
    {
        foreach (var payload in payloads)
        {
            await _stream.WriteAsync(FakePackets.Packet(_sequence++, payload), cancellationToken);
        }
    }

    public Task WriteRawAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes, cancellationToken).AsTask();

    /// <summary>No more bytes will come from this side; the other side can still send.</summary>
    public void EndWriting() => ((NetworkStream)_stream).Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads until the client leaves.</summary>
    public Task DrainAsync() => _stream.CopyToAsync(Stream.Null, cancellationToken);

    /// <summary>Reads the handshake response, after TLS where the client asks for that.</summary>
    public async Task<FakeLogin> ReadLoginAsync(X509Certificate2? certificate = null)
    {
        const int TlsRequestBytes = 32;
        var payload = await ReadAsync();
        if (payload.Length == TlsRequestBytes)
        {
            var tls = new SslStream(_stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancellationToken);
            _stream = tls;
            payload = await ReadAsync();
        }

        return Login = FakeLogin.Parse(payload);
    }

    /// <summary>Reads a COM_QUERY; null when the client leaves.</summary>
    public async Task<string?> ReadQueryAsync()
    {
        byte[] payload;
        try
        {
            payload = await ReadAsync();
        }
        catch (EndOfStreamException)
        {
            return null;
        }

        return (ProtocolCommand)payload[0] switch
        {
            ProtocolCommand.Quit => null,
            ProtocolCommand.Query => Encoding.UTF8.GetString(payload.AsSpan(1)),
            var command => command.ToString(),
        };
    }

    /// <summary>Sends a result set, its end marked as the client was told.</summary>
    public async Task WriteResultAsync(string[] columns, string?[][] rows, MySqlStatus status = MySqlStatus.Autocommit)
    {
        var deprecateEof = Login!.Capabilities.HasFlag(ProtocolCapabilities.DeprecateEof);
        await WriteAsync([(byte)columns.Length]);
        await WriteAsync([.. columns.Select(column => FakePackets.Column(column))]);
        if (!deprecateEof)
        {
            await WriteAsync(FakePackets.Eof());
        }

        await WriteAsync([.. rows.Select(row => FakePackets.Row(row))]);
        await WriteAsync(deprecateEof ? FakePackets.Ok(status: status, marker: 0xFE) : FakePackets.Eof(status));
    }
}
