using System.Globalization;

namespace Binlog.Service.Configuration.Settings;

/// <summary>A cluster ID: an unsigned 64-bit integer, not 0.</summary>
internal sealed class ClusterIdType : SettingType<ulong>
{
    public override string Name => "integer";

    public override string Range => $"1 to {Format(ulong.MaxValue)}";

    public override string Expected => $"an integer from {Range}";

    public override bool TryRead(RawValue raw, out ulong value, out string? problem)
    {
        problem = NumberProblem.Of(raw);
        value = 0;
        return problem is null
            && raw.IsNumber
            && ulong.TryParse(raw.Text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value > 0;
    }

    public override string Format(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
