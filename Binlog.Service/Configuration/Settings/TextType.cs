namespace Binlog.Service.Configuration.Settings;

/// <summary>Any text.</summary>
internal sealed class TextType : SettingType<string>
{
    /// <summary>False refuses the empty text.</summary>
    public bool AllowEmpty { get; init; }

    public override string Name => "text";

    public override string Range => AllowEmpty ? "" : "not empty";

    public override string Expected => AllowEmpty ? "a text" : "a text that is not empty";

    public override bool TryRead(RawValue raw, out string value, out string? problem)
    {
        problem = raw.Kind == RawKind.Number ? "put the value in quotes" : null;
        value = raw.Text;
        return raw.IsText && (AllowEmpty || raw.Text.Length > 0);
    }

    public override string Format(string value) => value;
}
