using System.Globalization;
using System.Numerics;
using Binlog.MySql.Authentication;

namespace Binlog.MySql.Tests.Authentication;

public class Ed25519Tests
{
    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;

    [Theory] // RFC 8032, section 7.1, tests 1 to 3
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Sign_VectorsOfTheRfc_AreMet(string seed, string message, string publicKey, string signature)
    {
        Assert.Equal(publicKey, Convert.ToHexStringLower(Ed25519.PublicKey(Convert.FromHexString(seed))));
        Assert.Equal(signature, Convert.ToHexStringLower(Ed25519.Sign(Convert.FromHexString(seed), Convert.FromHexString(message))));
    }

    [Fact]
    public void PublicKey_PasswordOfMariaDbsManual_IsWhatTheServerStores() =>
        Assert.Equal("ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY", Convert.ToBase64String(Ed25519.PublicKey("secret"u8)).TrimEnd('='));

    [Fact]
    public void FieldElement_ArithmeticOnEdgesAndRandomNumbers_EqualsBigInteger()
    {
        var random = new Random(20_251);
        BigInteger[] numbers = [0, 1, 2, 18, 19, 20, (BigInteger.One << 51) - 1, BigInteger.One << 51, Prime - 1, Prime - 19, .. Enumerable.Range(0, 40).Select(_ => Random(random))];
        foreach (var a in numbers)
        {
            var x = FieldElement.From(a);
            Assert.Equal(a % Prime, Value(x));
            Assert.Equal(a.IsZero ? 0 : BigInteger.ModPow(a, Prime - 2, Prime), Value(x.Invert()));
            foreach (var b in numbers)
            {
                var y = FieldElement.From(b);
                Assert.Equal((a + b) % Prime, Value(x + y));
                Assert.Equal((a - b + Prime) % Prime, Value(x - y));
                Assert.Equal(a * b % Prime, Value(x * y));
                Assert.Equal((2 * a + 2 * b) * (a - 2 * b + 2 * Prime) % Prime, Value((x + x + (y + y)) * (x - (y + y))));
            }
        }
    }

    [Fact]
    public void FieldElement_NumbersFromThePrimeOn_AreReduced()
    {
        for (var above = 0; above < 19; above++)
        {
            Assert.Equal(above, Value(FieldElement.From(Prime + above)));
        }

        Assert.Equal("19", (Value(FieldElement.From((BigInteger.One << 255) - 1)) + 1).ToString(CultureInfo.InvariantCulture));
    }

    private static BigInteger Random(Random random)
    {
        var bytes = new byte[32];
        random.NextBytes(bytes);
        return new BigInteger(bytes, isUnsigned: true) % Prime;
    }

    private static BigInteger Value(FieldElement element) => new(element.ToBytes(), isUnsigned: true);
}
