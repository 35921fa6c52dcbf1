using System.Globalization;
using System.Numerics;

namespace Binlog.MySql.Authentication;

/// <summary>A point of the curve edwards25519 in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.</summary>
/// <remarks>RFC 8032, section 5.1.4. The addition formula is complete: it also doubles, and takes the neutral element.</remarks>
internal readonly record struct EdwardsPoint(FieldElement X, FieldElement Y, FieldElement Z, FieldElement T)
{
    private static readonly FieldElement TwiceD = Parse("37095705934669439343138083508754565189542113879843219016388785533085940283555") is var d ? d + d : default;

    private static readonly EdwardsPoint Base = FromAffine(
        Parse("15112221349535400772501151409588531511454012693041857206046113283949847762202"),
        Parse("46316835694926478169428394003475163141307993866256225615783033603165251855960"));

    private static readonly EdwardsPoint Neutral = FromAffine(FieldElement.Zero, FieldElement.One);

    /// <summary>Multiplies the base point by a little-endian scalar of 32 bytes, in a number of steps that doesn't depend on it.</summary>
    public static EdwardsPoint MultiplyBase(ReadOnlySpan<byte> scalar)
    {
        var result = Neutral;
        for (var bit = 255; bit >= 0; bit--)
        {
            result = Add(result, result);
            var sum = Add(result, Base);
            result = Select(result, sum, (ulong)(scalar[bit >> 3] >> (bit & 7)) & 1);
        }

        return result;
    }

    /// <summary>y, little-endian, with the lowest bit of x in the highest bit.</summary>
    public byte[] Encode()
    {
        var inverse = Z.Invert();
        var bytes = (Y * inverse).ToBytes();
        bytes[31] |= (byte)((X * inverse).ToBytes()[0] << 7);
        return bytes;
    }

    private static EdwardsPoint Add(in EdwardsPoint p, in EdwardsPoint q)
    {
        var a = (p.Y - p.X) * (q.Y - q.X);
        var b = (p.Y + p.X) * (q.Y + q.X);
        var c = p.T * TwiceD * q.T;
        var zz = p.Z * q.Z;
        var d = zz + zz;
        var e = b - a;
        var f = d - c;
        var g = d + c;
        var h = b + a;
        return new EdwardsPoint(e * f, g * h, f * g, e * h);
    }

    private static EdwardsPoint Select(in EdwardsPoint zero, in EdwardsPoint one, ulong bit) => new(
        FieldElement.Select(zero.X, one.X, bit),
        FieldElement.Select(zero.Y, one.Y, bit),
        FieldElement.Select(zero.Z, one.Z, bit),
        FieldElement.Select(zero.T, one.T, bit));

    private static EdwardsPoint FromAffine(FieldElement x, FieldElement y) => new(x, y, FieldElement.One, x * y);

    private static FieldElement Parse(string number) => FieldElement.From(BigInteger.Parse(number, CultureInfo.InvariantCulture));
}
