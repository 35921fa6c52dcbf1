using System.Numerics;
using System.Security.Cryptography;

namespace Binlog.MySql.Authentication;

/// <summary>Ed25519 signing (RFC 8032, section 5.1.6), which .NET doesn't have.</summary>
/// <remarks>Point arithmetic takes the same steps whatever the secret is. The two reductions modulo the group order use
/// <see cref="BigInteger"/>, whose time may vary slightly; a login makes one signature.</remarks>
internal static class Ed25519
{
    public const int SignatureBytes = 64;

    private const int HalfBytes = 32;

    /// <summary>Order of the base point: 2^252 + 27742317777372353535851937790883648493.</summary>
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Signs <paramref name="message"/> with the key that <paramref name="secret"/> hashes to.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> message)
    {
        Span<byte> expanded = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(secret, expanded);
        var scalar = Clamp(expanded[..HalfBytes]);
        var publicKey = EdwardsPoint.MultiplyBase(scalar).Encode();

        var nonce = HashToScalar([.. expanded[HalfBytes..], .. message]);
        var commitment = EdwardsPoint.MultiplyBase(ToBytes(nonce)).Encode();
        var challenge = HashToScalar([.. commitment, .. publicKey, .. message]);
        var response = (nonce + challenge * new BigInteger(scalar, isUnsigned: true)) % Order;
        CryptographicOperations.ZeroMemory(expanded);
        return [.. commitment, .. ToBytes(response)];
    }

    /// <summary>The public key, which is what MariaDB keeps of the password.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> secret) =>
        EdwardsPoint.MultiplyBase(Clamp(SHA512.HashData(secret).AsSpan(0, HalfBytes))).Encode();

    private static byte[] Clamp(ReadOnlySpan<byte> half)
    {
        var scalar = half.ToArray();
        scalar[0] &= 0xF8;
        scalar[31] = (byte)(scalar[31] & 0x7F | 0x40);
        return scalar;
    }

    private static BigInteger HashToScalar(byte[] data) => new BigInteger(SHA512.HashData(data), isUnsigned: true) % Order;

    private static byte[] ToBytes(BigInteger scalar)
    {
        var bytes = new byte[HalfBytes];
        scalar.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
