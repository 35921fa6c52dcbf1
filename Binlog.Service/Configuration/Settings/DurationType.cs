using System.Globalization;

namespace Binlog.Service.Configuration.Settings;

/// <summary>A length of time: a bare number of seconds, or a text such as "500ms", "3s", "10m", "8h" or "7d".</summary>
internal sealed class DurationType(TimeSpan minimum, TimeSpan maximum) : SettingType<TimeSpan>
{
    private static readonly (string Name, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond),
    ];

    public override string Name => "duration";

    public override string Unit => "seconds";

    public override string Range => $"{Format(minimum)} to {Format(maximum)}";

    public override string Expected => $"a duration from {Range}: a number of seconds or a text such as \"500ms\", \"3s\" or \"10m\"";

    public override bool TryRead(RawValue raw, out TimeSpan value, out string? problem)
    {
        problem = null;
        value = default;
        return raw.Kind is RawKind.Number or RawKind.Untyped or RawKind.String
            && TryParse(raw.Text.Trim(), out value)
            && value >= minimum
            && value <= maximum;
    }

    public override string Format(TimeSpan value)
    {
        foreach (var (name, ticks) in Units)
        {
            if (value.Ticks != 0 && value.Ticks % ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / ticks}{name}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds}s");
    }

    private static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        var unit = text[digits.Length..];
        var ticks = unit.Length == 0 ? TimeSpan.TicksPerSecond : Units.FirstOrDefault(u => u.Name.Equals(unit, StringComparison.OrdinalIgnoreCase)).Ticks;
        if (ticks == 0
            || !decimal.TryParse(digits.TrimEnd(' '), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > long.MaxValue / ticks)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)(number * ticks));
        return true;
    }
}
