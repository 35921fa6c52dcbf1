namespace Binlog.MySql.Authentication;

/// <summary><c>mysql_clear_password</c>: the password itself, for servers that hand it to PAM or LDAP.</summary>
internal sealed class ClearPassword : AuthenticationMethod
{
    public const string Name = "mysql_clear_password";

    public override string Plugin => Name;

    public override ReadOnlyMemory<byte> Begin(AuthenticationContext context, ReadOnlyMemory<byte> nonce)
    {
        if (!context.Options.AllowCleartextPassword)
        {
            throw Refuse("it would show the password to the server. Set AllowCleartextPassword if this server may see it.");
        }

        return context.IsSecure
            ? context.TerminatedPassword
            : throw Refuse("the connection isn't encrypted, so everybody on the way could read the password. Use TLS or a Unix socket.");
    }
}
