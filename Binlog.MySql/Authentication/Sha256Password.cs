namespace Binlog.MySql.Authentication;

/// <summary><c>sha256_password</c>: the password itself over a secure connection, or encrypted with the server's RSA key.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_sha256_password_authentication.html</remarks>
internal sealed class Sha256Password : AuthenticationMethod
{
    public const string Name = "sha256_password";

    private const byte RequestPublicKey = 1;

    private ReadOnlyMemory<byte> _nonce;
    private bool _keyRequested;

    public override string Plugin => Name;

    public override ReadOnlyMemory<byte> Begin(AuthenticationContext context, ReadOnlyMemory<byte> nonce)
    {
        if (!context.HasPassword)
        {
            return new byte[] { 0 };
        }

        if (context.IsSecure)
        {
            return context.TerminatedPassword;
        }

        _nonce = ShortNonce(nonce);
        if (context.Options.ServerPublicKeyFile is { } file)
        {
            return ServerPublicKey.Encrypt(ServerPublicKey.ReadFile(file), $"in {file}", context, _nonce.Span);
        }

        if (!context.Options.AllowPublicKeyRetrieval)
        {
            throw Refuse("the connection isn't encrypted and AllowPublicKeyRetrieval is off. Use TLS, or name the server's key in ServerPublicKeyFile.");
        }

        _keyRequested = true;
        return new byte[] { RequestPublicKey };
    }

    public override ReadOnlyMemory<byte> Continue(AuthenticationContext context, ReadOnlyMemory<byte> data)
    {
        if (!_keyRequested)
        {
            return base.Continue(context, data);
        }

        _keyRequested = false;
        return ServerPublicKey.Encrypt(ServerPublicKey.Decode(data.Span), "sent by the server", context, _nonce.Span);
    }
}
