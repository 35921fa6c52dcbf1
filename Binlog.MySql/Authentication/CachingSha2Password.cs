using System.Security.Cryptography;

namespace Binlog.MySql.Authentication;

/// <summary><c>caching_sha2_password</c>: a scramble that suffices while the server has the account in its cache, otherwise the
/// password itself over a secure connection, or encrypted with the server's RSA key.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html</remarks>
internal sealed class CachingSha2Password : AuthenticationMethod
{
    public const string Name = "caching_sha2_password";

    private const byte RequestPublicKey = 2;
    private const byte FastSuccess = 3;
    private const byte FullNeeded = 4;

    private ReadOnlyMemory<byte> _nonce;
    private State _state;

    private enum State
    {
        Scrambled,
        KeyRequested,
        Finished,
    }

    public override string Plugin => Name;

    public override ReadOnlyMemory<byte> Begin(AuthenticationContext context, ReadOnlyMemory<byte> nonce)
    {
        _nonce = ShortNonce(nonce);
        return context.HasPassword ? Scramble(context.Password, _nonce.Span) : ReadOnlyMemory<byte>.Empty;
    }

    public override ReadOnlyMemory<byte> Continue(AuthenticationContext context, ReadOnlyMemory<byte> data)
    {
        switch (_state)
        {
            case State.Scrambled when data.Span is [FastSuccess]:
                _state = State.Finished;
                return default;
            case State.Scrambled when data.Span is [FullNeeded]:
                return BeginFull(context);
            case State.KeyRequested:
                _state = State.Finished;
                return ServerPublicKey.Encrypt(ServerPublicKey.Decode(data.Span), "sent by the server", context, _nonce.Span);
            default:
                throw new MySqlProtocolException(
                    $"The server's data for {Plugin} in state {_state} is 0x{Convert.ToHexString(data.Span[..Math.Min(8, data.Length)])} ({data.Length} bytes); expected 0x03 or 0x04 once.");
        }
    }

    private ReadOnlyMemory<byte> BeginFull(AuthenticationContext context)
    {
        _state = State.Finished;
        if (context.IsSecure)
        {
            return context.TerminatedPassword;
        }

        if (context.Options.ServerPublicKeyFile is { } file)
        {
            return ServerPublicKey.Encrypt(ServerPublicKey.ReadFile(file), $"in {file}", context, _nonce.Span);
        }

        if (!context.Options.AllowPublicKeyRetrieval)
        {
            throw Refuse("the server needs the password, the connection isn't encrypted and AllowPublicKeyRetrieval is off. Use TLS, or name the server's key in ServerPublicKeyFile.");
        }

        _state = State.KeyRequested;
        return new byte[] { RequestPublicKey };
    }

    private static byte[] Scramble(byte[] password, ReadOnlySpan<byte> nonce)
    {
        var once = SHA256.HashData(password);
        var answer = SHA256.HashData([.. SHA256.HashData(once), .. nonce]);
        for (var i = 0; i < answer.Length; i++)
        {
            answer[i] ^= once[i];
        }

        return answer;
    }
}
