using System.Security.Cryptography;
using System.Text;

namespace Binlog.MySql.Authentication;

/// <summary>The server's RSA key, which protects the password where there is no TLS.</summary>
internal static class ServerPublicKey
{
    private const int MaxPemBytes = 64 * 1024;

    /// <summary>RSA-OAEP (SHA-1) of the password, its NUL included, XORed with the nonce.</summary>
    public static byte[] Encrypt(string pem, string source, AuthenticationContext context, ReadOnlySpan<byte> nonce)
    {
        var secret = context.TerminatedPassword;
        for (var i = 0; i < secret.Length; i++)
        {
            secret[i] ^= nonce[i % nonce.Length];
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa.Encrypt(secret, RSAEncryptionPadding.OaepSHA1);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MySqlProtocolException($"The RSA public key {source} can't be used: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public static string Decode(ReadOnlySpan<byte> sent) => sent.Length <= MaxPemBytes
        ? Encoding.ASCII.GetString(sent)
        : throw new MySqlProtocolException($"The server sends an RSA public key of {sent.Length} bytes; the limit is {MaxPemBytes}.");

    public static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MySqlException(Errors.MySqlErrorCode.PluginUnusable, MySqlException.GeneralState, $"ServerPublicKeyFile can't be read: {e.Message}", e);
        }
    }
}
