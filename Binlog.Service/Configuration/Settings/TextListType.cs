using Binlog.Cluster.Connecting;

namespace Binlog.Service.Configuration.Settings;

/// <summary>Several texts: an array in a file, separated by commas elsewhere.</summary>
internal sealed class TextListType : SettingType<IReadOnlyList<string>>
{
    private const char Separator = ',';

    private readonly Func<string, bool> _isItem = _ => true;
    private readonly int _least;
    private readonly string _example = "\"a\", \"b\"";

    /// <summary>Addresses of servers, with or without a scheme.</summary>
    public static TextListType Servers { get; } = new("host:port, http://host:port or https://host:port", "\"http://pd1.example.com:2379\", \"http://pd2.example.com:2379\"", item => ServerAddress.TryParse(item, out _));

    /// <summary>Any texts.</summary>
    public TextListType()
    {
    }

    private TextListType(string items, string example, Func<string, bool> isItem) => (Range, _example, _isItem, _least) = (items, example, isItem, 1);

    public override string Name => "list";

    public override string Range { get; } = "texts that are not empty, without commas";

    public override string Expected => $"a list of texts such as [{_example}], or \"a,b\" outside a file";

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

        if (raw.Kind is not (RawKind.Array or RawKind.String or RawKind.Untyped) || value.Count < _least || value.Any(item => item.Trim().Length == 0 || item.Contains(Separator, StringComparison.Ordinal)))
        {
            return false;
        }

        problem = value.FirstOrDefault(item => !_isItem(item)) is { } other ? $"\"{other}\" is none of {Range}" : null;
        return problem is null;
    }

    public override string Format(IReadOnlyList<string> value) => string.Join(Separator, value);
}
