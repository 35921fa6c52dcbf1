using Binlog.MySql.Errors;

namespace Binlog.MySql.Authentication;

/// <summary>The methods by the name of their plugin.</summary>
internal static class AuthenticationMethods
{
    /// <summary>The method that opens a login: the server's default, unless that is unknown or would show the password to whoever
    /// sent the greeting. The server switches to what the account needs.</summary>
    public static AuthenticationMethod CreateFirst(string? plugin) =>
        plugin is null or ClearPassword.Name ? new NativePassword() : TryCreate(plugin) ?? new NativePassword();

    public static AuthenticationMethod Create(string plugin) => TryCreate(plugin)
        ?? throw new MySqlException(MySqlErrorCode.PluginUnusable, MySqlException.GeneralState,
            $"The account uses the authentication plugin {plugin}, which this client doesn't have. Give the account one of {string.Join(", ", Names)}.");

    private static readonly string[] Names = [NativePassword.Name, CachingSha2Password.Name, Sha256Password.Name, Ed25519Password.Name, ClearPassword.Name];

    private static AuthenticationMethod? TryCreate(string plugin) => plugin switch
    {
        NativePassword.Name => new NativePassword(),
        CachingSha2Password.Name => new CachingSha2Password(),
        Sha256Password.Name => new Sha256Password(),
        Ed25519Password.Name => new Ed25519Password(),
        ClearPassword.Name => new ClearPassword(),
        _ => null,
    };
}
