using Binlog.MySql.Errors;

namespace Binlog.MySql.Authentication;

/// <summary>The client side of one authentication plugin, for one login.</summary>
internal abstract class AuthenticationMethod
{
    public abstract string Plugin { get; }

    /// <summary>Data to send first, given the server's nonce.</summary>
    public abstract ReadOnlyMemory<byte> Begin(AuthenticationContext context, ReadOnlyMemory<byte> nonce);

    /// <summary>Answers further data from the server; an empty answer sends nothing.</summary>
    public virtual ReadOnlyMemory<byte> Continue(AuthenticationContext context, ReadOnlyMemory<byte> data) =>
        throw new MySqlProtocolException($"The server sends more data for {Plugin}, which has one exchange only.");

    /// <summary>The nonce of the plugins that MySQL defines: 20 bytes, mostly sent with a NUL after them.</summary>
    protected ReadOnlyMemory<byte> ShortNonce(ReadOnlyMemory<byte> nonce)
    {
        const int NonceBytes = 20;
        var isGood = nonce.Length == NonceBytes || nonce.Length == NonceBytes + 1 && nonce.Span[NonceBytes] == 0;
        return isGood
            ? nonce[..NonceBytes]
            : throw new MySqlProtocolException($"The server's nonce for {Plugin} has {nonce.Length} bytes; expected {NonceBytes} and a NUL.");
    }

    protected MySqlException Refuse(string why) =>
        new(MySqlErrorCode.PluginUnusable, MySqlException.GeneralState, $"Login with {Plugin} is refused by this side: {why}");
}
