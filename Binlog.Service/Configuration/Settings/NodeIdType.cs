namespace Binlog.Service.Configuration.Settings;

/// <summary>A node ID. It becomes part of registry keys and of URLs, hence the small alphabet.</summary>
internal sealed class NodeIdType : SettingType<string>
{
    private const int MaxLength = 255;

    public override string Name => "text";

    public override string Range => "1 to 255 letters, digits and . _ - :";

    public override string Expected => $"a name of {Range}";

    public override bool TryRead(RawValue raw, out string value, out string? problem)
    {
        problem = raw.Kind == RawKind.Number ? "put the value in quotes" : null;
        value = raw.Text;
        return raw.IsText
            && raw.Text.Length is > 0 and <= MaxLength
            && raw.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':');
    }

    public override string Format(string value) => value;
}
