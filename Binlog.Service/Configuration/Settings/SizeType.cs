using System.Globalization;

namespace Binlog.Service.Configuration.Settings;

/// <summary>A number of bytes: a bare integer, or a text such as "512 MiB" or "1.5 GB".</summary>
internal sealed class SizeType(long minimum, long maximum) : SettingType<long>
{
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ];

    public override string Name => "size";

    public override string Unit => "bytes";

    public override string Range => $"{Format(minimum)} to {Format(maximum)}";

    public override string Expected => $"a size from {Range}: a number of bytes or a text such as \"512 MiB\"";

    public override bool TryRead(RawValue raw, out long value, out string? problem)
    {
        problem = null;
        value = 0;
        if (raw.Kind is not (RawKind.Number or RawKind.Untyped or RawKind.String) || !TryParse(raw.Text.Trim(), out var bytes))
        {
            return false;
        }

        value = bytes;
        return value >= minimum && value <= maximum;
    }

    public override string Format(long value)
    {
        foreach (var (name, bytes) in Units.Take(4))
        {
            if (value >= bytes && value % bytes == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value / bytes} {name}");
            }
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        var unit = text[digits.Length..];
        var factor = unit.Length == 0 ? 1 : Units.FirstOrDefault(u => u.Name.Equals(unit, StringComparison.OrdinalIgnoreCase)).Bytes;
        if (factor == 0 || !decimal.TryParse(digits.TrimEnd(' '), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        // The bound keeps the product inside decimal's range before it is compared with that of long.
        if (number > long.MaxValue)
        {
            return false;
        }

        var product = number * factor;
        if (product > long.MaxValue || product != decimal.Truncate(product))
        {
            return false;
        }

        bytes = (long)product;
        return true;
    }
}
