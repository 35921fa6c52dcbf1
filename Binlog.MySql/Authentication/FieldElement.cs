using System.Buffers.Binary;
using System.Numerics;

namespace Binlog.MySql.Authentication;

/// <summary>A number modulo p = 2^255 - 19, as five limbs of 51 bits.</summary>
/// <remarks>Limbs may exceed 51 bits: products leave them below 2^52, sums and differences of products below 2^54, which is what
/// a multiplication takes without overflow.</remarks>
internal readonly record struct FieldElement(ulong L0, ulong L1, ulong L2, ulong L3, ulong L4)
{
    private const ulong Mask = (1UL << 51) - 1;

    /// <summary>Limbs of 4p, added before a subtraction so that no limb goes below zero.</summary>
    private const ulong FourP0 = 4 * ((1UL << 51) - 19);
    private const ulong FourP = 4 * Mask;

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0, 0);

    public static FieldElement From(BigInteger number) => new(
        (ulong)(number & Mask),
        (ulong)(number >> 51 & Mask),
        (ulong)(number >> 102 & Mask),
        (ulong)(number >> 153 & Mask),
        (ulong)(number >> 204 & Mask));

    public static FieldElement operator +(in FieldElement a, in FieldElement b) =>
        new(a.L0 + b.L0, a.L1 + b.L1, a.L2 + b.L2, a.L3 + b.L3, a.L4 + b.L4);

    public static FieldElement operator -(in FieldElement a, in FieldElement b) =>
        new(a.L0 + FourP0 - b.L0, a.L1 + FourP - b.L1, a.L2 + FourP - b.L2, a.L3 + FourP - b.L3, a.L4 + FourP - b.L4);

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        ulong b1 = 19 * b.L1, b2 = 19 * b.L2, b3 = 19 * b.L3, b4 = 19 * b.L4;
        var r0 = Product(a.L0, b.L0) + Product(a.L1, b4) + Product(a.L2, b3) + Product(a.L3, b2) + Product(a.L4, b1);
        var r1 = Product(a.L0, b.L1) + Product(a.L1, b.L0) + Product(a.L2, b4) + Product(a.L3, b3) + Product(a.L4, b2);
        var r2 = Product(a.L0, b.L2) + Product(a.L1, b.L1) + Product(a.L2, b.L0) + Product(a.L3, b4) + Product(a.L4, b3);
        var r3 = Product(a.L0, b.L3) + Product(a.L1, b.L2) + Product(a.L2, b.L1) + Product(a.L3, b.L0) + Product(a.L4, b4);
        var r4 = Product(a.L0, b.L4) + Product(a.L1, b.L3) + Product(a.L2, b.L2) + Product(a.L3, b.L1) + Product(a.L4, b.L0);
        r1 += r0 >> 51;
        r2 += r1 >> 51;
        r3 += r2 >> 51;
        r4 += r3 >> 51;
        var low = (UInt128)((ulong)r0 & Mask) + (r4 >> 51) * 19;
        return new FieldElement(
            (ulong)low & Mask, ((ulong)r1 & Mask) + (ulong)(low >> 51), (ulong)r2 & Mask, (ulong)r3 & Mask, (ulong)r4 & Mask);
    }

    /// <summary>a^(p-2), which is 1/a.</summary>
    public FieldElement Invert()
    {
        // p - 2 = 2^255 - 21: all bits from 254 down are 1 except bits 4 and 2 (…11101011).
        var result = One;
        for (var bit = 254; bit >= 0; bit--)
        {
            result *= result;
            if (bit is not (4 or 2))
            {
                result *= this;
            }
        }

        return result;
    }

    /// <summary>The number below p, little-endian.</summary>
    public byte[] ToBytes()
    {
        var t = Carry(Carry(this));

        // 1 when the number is p or more, found by letting a carry run through number + 19.
        var over = t.L0 + 19 >> 51;
        over = t.L1 + over >> 51;
        over = t.L2 + over >> 51;
        over = t.L3 + over >> 51;
        over = t.L4 + over >> 51;
        t = Carry(t with { L0 = t.L0 + 19 * over }, wraps: false);

        var bytes = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, t.L0 | t.L1 << 51);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), t.L1 >> 13 | t.L2 << 38);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), t.L2 >> 26 | t.L3 << 25);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), t.L3 >> 39 | t.L4 << 12);
        return bytes;
    }

    /// <summary><paramref name="zero"/> for bit 0, <paramref name="one"/> for bit 1, without a branch.</summary>
    public static FieldElement Select(in FieldElement zero, in FieldElement one, ulong bit)
    {
        var mask = 0 - bit;
        return new FieldElement(
            zero.L0 ^ mask & (zero.L0 ^ one.L0),
            zero.L1 ^ mask & (zero.L1 ^ one.L1),
            zero.L2 ^ mask & (zero.L2 ^ one.L2),
            zero.L3 ^ mask & (zero.L3 ^ one.L3),
            zero.L4 ^ mask & (zero.L4 ^ one.L4));
    }

    private static UInt128 Product(ulong a, ulong b) => new(Math.BigMul(a, b, out var low), low);

    private static FieldElement Carry(in FieldElement t, bool wraps = true)
    {
        var l1 = t.L1 + (t.L0 >> 51);
        var l2 = t.L2 + (l1 >> 51);
        var l3 = t.L3 + (l2 >> 51);
        var l4 = t.L4 + (l3 >> 51);
        return new FieldElement((t.L0 & Mask) + (wraps ? 19 * (l4 >> 51) : 0), l1 & Mask, l2 & Mask, l3 & Mask, l4 & Mask);
    }
}
