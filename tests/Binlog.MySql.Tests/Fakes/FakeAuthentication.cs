using System.Security.Cryptography;
using System.Text;

namespace Binlog.MySql.Tests.Fakes;

/// <summary>The server's side of the plugins, which says whether the client knew the password.</summary>
internal static class FakeAuthentication
{
    public static Task<bool> RunAsync(FakeConnection connection, string plugin, string password, RSA? key) => plugin switch
    {
        "mysql_native_password" => Task.FromResult(connection.Login!.AuthData.AsSpan().SequenceEqual(Native(password))),
        "caching_sha2_password" when key is null => FastAsync(connection, connection.Login!.AuthData, password),
        "caching_sha2_password" => FullAsync(connection, password, key),
        "sha256_password" => Sha256Async(connection, connection.Login!.AuthData, password, key),
        _ => throw new ArgumentException(plugin, nameof(plugin)),
    };

    public static byte[] Native(string password)
    {
#pragma warning disable CA5350 // the protocol's hash
        var once = SHA1.HashData(Encoding.UTF8.GetBytes(password));
        var mask = SHA1.HashData([.. FakePackets.Nonce, .. SHA1.HashData(once)]);
#pragma warning restore CA5350
        return password.Length == 0 ? [] : [.. once.Zip(mask, (a, b) => (byte)(a ^ b))];
    }

    public static byte[] Sha2Scramble(string password)
    {
        var once = SHA256.HashData(Encoding.UTF8.GetBytes(password));
        var mask = SHA256.HashData([.. SHA256.HashData(once), .. FakePackets.Nonce]);
        return [.. once.Zip(mask, (a, b) => (byte)(a ^ b))];
    }

    /// <summary>caching_sha2_password with the account in the server's cache.</summary>
    public static async Task<bool> FastAsync(FakeConnection connection, byte[] answer, string password)
    {
        if (password.Length == 0)
        {
            return answer.Length == 0;
        }

        await connection.WriteAsync(FakePackets.AuthMore(3));
        return answer.AsSpan().SequenceEqual(Sha2Scramble(password));
    }

    /// <summary>caching_sha2_password with the account not in the cache: in clear over TLS, encrypted otherwise.</summary>
    public static async Task<bool> FullAsync(FakeConnection connection, string password, RSA key)
    {
        await connection.WriteAsync(FakePackets.AuthMore(4));
        var answer = await connection.ReadAsync();
        if (connection.IsEncrypted)
        {
            return answer.AsSpan().SequenceEqual(Terminated(password));
        }

        if (answer is [2])
        {
            await connection.WriteAsync(FakePackets.AuthMore(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem())));
            answer = await connection.ReadAsync();
        }

        return Decrypt(answer, key).AsSpan().SequenceEqual(Terminated(password));
    }

    public static async Task<bool> Sha256Async(FakeConnection connection, byte[] answer, string password, RSA? key)
    {
        if (password.Length == 0)
        {
            return answer is [0];
        }

        if (connection.IsEncrypted)
        {
            return answer.AsSpan().SequenceEqual(Terminated(password));
        }

        if (answer is [1])
        {
            await connection.WriteAsync(FakePackets.AuthMore(Encoding.ASCII.GetBytes(key!.ExportSubjectPublicKeyInfoPem())));
            answer = await connection.ReadAsync();
        }

        return Decrypt(answer, key!).AsSpan().SequenceEqual(Terminated(password));
    }

    private static byte[] Terminated(string password) => [.. Encoding.UTF8.GetBytes(password), 0];

    private static byte[] Decrypt(byte[] answer, RSA key) =>
        [.. key.Decrypt(answer, RSAEncryptionPadding.OaepSHA1).Select((value, i) => (byte)(value ^ FakePackets.Nonce[i % FakePackets.Nonce.Length]))];
}
