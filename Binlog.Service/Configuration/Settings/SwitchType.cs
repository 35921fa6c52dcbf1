namespace Binlog.Service.Configuration.Settings;

/// <summary>True or false, without quotes in a file. Case doesn't matter where the source has texts only.</summary>
internal sealed class SwitchType : SettingType<bool>
{
    public override string Name => "boolean";

    public override string Range => "true, false";

    public override string Expected => "true or false";

    public override bool TryRead(RawValue raw, out bool value, out string? problem)
    {
        problem = null;
        value = false;
        return raw.Kind is RawKind.Boolean or RawKind.Untyped && bool.TryParse(raw.Text, out value);
    }

    public override string Format(bool value) => value ? "true" : "false";
}
