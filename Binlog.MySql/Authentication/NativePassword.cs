using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Binlog.MySql.Authentication;

/// <summary><c>mysql_native_password</c>: SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))).</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html</remarks>
internal sealed class NativePassword : AuthenticationMethod
{
    public const string Name = "mysql_native_password";

    public override string Plugin => Name;

    [SuppressMessage("Security", "CA5350", Justification = "The protocol says SHA-1.")]
    public override ReadOnlyMemory<byte> Begin(AuthenticationContext context, ReadOnlyMemory<byte> nonce)
    {
        if (!context.HasPassword)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        var once = SHA1.HashData(context.Password);
        var answer = SHA1.HashData([.. ShortNonce(nonce).Span, .. SHA1.HashData(once)]);
        for (var i = 0; i < answer.Length; i++)
        {
            answer[i] ^= once[i];
        }

        return answer;
    }
}
