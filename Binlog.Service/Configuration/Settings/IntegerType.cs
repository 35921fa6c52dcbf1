using System.Globalization;

namespace Binlog.Service.Configuration.Settings;

/// <summary>A signed integer between two bounds, both allowed.</summary>
internal sealed class IntegerType(long minimum, long maximum) : SettingType<long>
{
    public override string Name => "integer";

    public override string Range => string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum}");

    public override string Expected => $"an integer from {minimum.ToString(CultureInfo.InvariantCulture)} to {maximum.ToString(CultureInfo.InvariantCulture)}";

    public override bool TryRead(RawValue raw, out long value, out string? problem)
    {
        problem = NumberProblem.Of(raw);
        value = 0;
        return problem is null
            && raw.IsNumber
            && long.TryParse(raw.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= minimum
            && value <= maximum;
    }

    public override string Format(long value) => value.ToString(CultureInfo.InvariantCulture);
}
