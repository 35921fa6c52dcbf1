namespace Binlog.Service.Configuration.Settings;

/// <summary>Tells the usual slip with numbers, quotes around them, from other mistakes.</summary>
internal static class NumberProblem
{
    public static string? Of(RawValue raw) =>
        raw.Kind == RawKind.String && raw.Text.Length > 0 && raw.Text.All(c => char.IsAsciiDigit(c) || c == '-')
            ? $"write {raw.Text} without the quotes"
            : null;
}
