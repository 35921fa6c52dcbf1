namespace Binlog.Service.Configuration.Settings;

/// <summary>Several texts: an array in a file, separated by commas elsewhere.</summary>
internal sealed class TextListType : SettingType<IReadOnlyList<string>>
{
    private const char Separator = ',';

    public override string Name => "list";

    public override string Range => "texts that are not empty, without commas";

    public override string Expected => "a list of texts such as [\"a\", \"b\"], or \"a,b\" outside a file";

    public override bool TryRead(RawValue raw, out IReadOnlyList<string> value, out string? problem)
    {
        problem = null;
        value = raw.Kind switch
        {
            RawKind.Array => raw.Items ?? [],
            RawKind.String => [raw.Text],
            RawKind.Untyped => [.. raw.Text.Split(Separator, StringSplitOptions.TrimEntries)],
            _ => [],
        };
        if (raw.Kind == RawKind.Array && raw.Items is null)
        {
            problem = "the array has something else than texts";
            return false;
        }

        return raw.Kind is RawKind.Array or RawKind.String or RawKind.Untyped
            && value.All(item => item.Trim().Length > 0 && !item.Contains(Separator, StringComparison.Ordinal));
    }

    public override string Format(IReadOnlyList<string> value) => string.Join(Separator, value);
}
