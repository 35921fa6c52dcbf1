namespace Binlog.MySql.Authentication;

/// <summary>MariaDB's <c>client_ed25519</c>: an Ed25519 signature of the nonce, with the password in the place of the seed.</summary>
/// <remarks>https://mariadb.com/kb/en/authentication-plugin-ed25519/. The key is derived as in RFC 8032, section 5.1.5, except that
/// what is hashed is the password, of any length, rather than a seed of 32 bytes.</remarks>
internal sealed class Ed25519Password : AuthenticationMethod
{
    public const string Name = "client_ed25519";

    private const int NonceBytes = 32;

    public override string Plugin => Name;

    public override ReadOnlyMemory<byte> Begin(AuthenticationContext context, ReadOnlyMemory<byte> nonce)
    {
        if (nonce.Length != NonceBytes)
        {
            throw new MySqlProtocolException($"The server's nonce for {Plugin} has {nonce.Length} bytes; expected {NonceBytes}.");
        }

        return Ed25519.Sign(context.Password, nonce.Span);
    }
}
