using Binlog.MySql.Authentication;
using Binlog.MySql.Protocol;
using Binlog.MySql.Transport;

namespace Binlog.MySql.Sessions;

/// <summary>From the greeting to the server's OK: capabilities, TLS, authentication.</summary>
internal static class LoginSequence
{
    /// <summary>Packets of an authentication exchange; the longest real one has six.</summary>
    private const int MaxPackets = 16;

    public static async Task<LoginResult> RunAsync(
        ServerChannel channel, PacketReader packets, MySqlConnectionOptions options, CancellationToken cancellationToken)
    {
        packets.ExpectStart();
        var greeting = ParseGreeting(await packets.ReadAsync().ConfigureAwait(false), channel.Address);
        var capabilities = Negotiate(greeting, options, channel.Address);
        var isEncrypted = capabilities.HasFlag(ProtocolCapabilities.Tls);
        if (isEncrypted)
        {
            await PacketSender.SendAsync(channel, packets.TakeSequence(), TlsRequestPayload.Create(capabilities).Written).ConfigureAwait(false);
            if (packets.HasUnread)
            {
                throw new MySqlProtocolException($"{channel.Address} sent unencrypted data where TLS should begin; somebody may be tampering with the connection.");
            }

            await TlsUpgrade.RunAsync(channel, options, cancellationToken).ConfigureAwait(false);
        }

        var context = new AuthenticationContext(options, isEncrypted || options.UnixSocket is not null);
        var method = AuthenticationMethods.CreateFirst(greeting.AuthPlugin);
        var first = method.Begin(context, greeting.Nonce);
        await PacketSender.SendAsync(channel, packets.TakeSequence(),
            HandshakeResponsePayload.Create(capabilities, options, method.Plugin, first.Span)).ConfigureAwait(false);
        var ok = await AuthenticateAsync(channel, packets, context, method).ConfigureAwait(false);
        return new LoginResult(greeting, capabilities, ok.Status, isEncrypted);
    }

    private static InitialHandshakePayload ParseGreeting(ReadOnlyMemory<byte> payload, string address)
    {
        if (ErrPayload.Is(payload.Span))
        {
            throw Refused(ErrPayload.Parse(payload.Span), address);
        }

        return InitialHandshakePayload.Parse(payload.Span);
    }

    private static ProtocolCapabilities Negotiate(InitialHandshakePayload greeting, MySqlConnectionOptions options, string address)
    {
        var missing = ProtocolCapabilities.Needed & ~greeting.Capabilities;
        if (missing != ProtocolCapabilities.None)
        {
            throw new MySqlProtocolException($"{address} ({greeting.ServerVersion}) lacks {missing}, which every MySQL, MariaDB and TiDB in use has.");
        }

        var wanted = ProtocolCapabilities.Wanted;
        if (options.Database is null)
        {
            wanted &= ~ProtocolCapabilities.ConnectWithDatabase;
        }

        if (options.Tls == MySqlTlsMode.Disabled || options.UnixSocket is not null)
        {
            wanted &= ~ProtocolCapabilities.Tls;
        }
        else if (options.Tls > MySqlTlsMode.Preferred && !greeting.Capabilities.HasFlag(ProtocolCapabilities.Tls))
        {
            throw new MySqlException(Errors.MySqlErrorCode.TlsFailed, MySqlException.GeneralState,
                $"{address} doesn't offer TLS, but Tls is {options.Tls}. Give the server a certificate, or set Tls to Preferred or Disabled where plaintext is acceptable.");
        }

        return wanted & greeting.Capabilities;
    }

    private static async Task<MySqlOk> AuthenticateAsync(
        ServerChannel channel, PacketReader packets, AuthenticationContext context, AuthenticationMethod method)
    {
        for (var count = 0; count < MaxPackets; count++)
        {
            var payload = await packets.ReadAsync().ConfigureAwait(false);
            if (payload.IsEmpty)
            {
                throw MySqlProtocolException.Truncated("authentication", 0, 1, 0);
            }

            ReadOnlyMemory<byte> answer;
            var mustAnswer = false;
            switch (payload.Span[0])
            {
                case ProtocolConstants.OkMarker:
                    return OkPayload.Parse(payload.Span);
                case ProtocolConstants.ErrMarker:
                    throw Refused(ErrPayload.Parse(payload.Span), channel.Address);
                case ProtocolConstants.EofMarker:
                    var request = AuthSwitchPayload.Parse(payload.Span);
                    method = AuthenticationMethods.Create(request.Plugin);
                    answer = method.Begin(context, request.Nonce);
                    mustAnswer = true;
                    break;
                case ProtocolConstants.AuthMoreDataMarker:
                    answer = method.Continue(context, payload[1..]);
                    break;
                default:
                    throw MySqlProtocolException.Unexpected("authentication", payload.Span[0], "0x00, 0x01, 0xFE or 0xFF");
            }

            if (mustAnswer || !answer.IsEmpty)
            {
                await PacketSender.SendAsync(channel, packets.TakeSequence(), answer).ConfigureAwait(false);
            }
        }

        throw new MySqlProtocolException($"{channel.Address} sent {MaxPackets} authentication packets without an end.");
    }

    private static MySqlException Refused(MySqlException e, string address) =>
        new(e.Code, e.SqlState, $"{address} refuses the connection: {e.Message}", e);
}
