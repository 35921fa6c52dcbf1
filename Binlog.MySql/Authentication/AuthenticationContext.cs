using System.Text;

namespace Binlog.MySql.Authentication;

/// <summary>What a method needs to know about the login.</summary>
/// <param name="Options">Password and what is allowed.</param>
/// <param name="IsSecure">Nobody between can read the bytes: TLS or a Unix socket.</param>
internal sealed record AuthenticationContext(MySqlConnectionOptions Options, bool IsSecure)
{
    public bool HasPassword => Options.Password.Length > 0;

    public byte[] Password => Encoding.UTF8.GetBytes(Options.Password);

    /// <summary>The password with a NUL after it, as the plugins send it in clear or encrypted.</summary>
    public byte[] TerminatedPassword => [.. Password, 0];
}
