using System.Globalization;
using System.Text;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Turns byte offsets of a UTF-8 text into lines and columns, both from 1, columns in characters.</summary>
internal readonly ref struct TextMap(string path, ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _utf8 = utf8;

    /// <summary>Place of the byte at an offset.</summary>
    public SettingOrigin Origin(long offset)
    {
        var before = _utf8[..(int)offset];
        var line = before.Count((byte)'\n');
        var start = before.LastIndexOf((byte)'\n') + 1;
        return new SettingOrigin(
            $"{Path.GetFileName(path)} {Place(line, offset - start)}",
            Path.GetDirectoryName(path) ?? Directory.GetCurrentDirectory());
    }

    /// <summary>Place from a line and a byte in it, both from 0.</summary>
    public string Place(long line, long byteInLine)
    {
        var rest = _utf8;
        for (var skip = line; skip > 0 && rest.IndexOf((byte)'\n') is var end and >= 0; skip--)
        {
            rest = rest[(end + 1)..];
        }

        var column = Encoding.UTF8.GetCharCount(rest[..(int)Math.Min(byteInLine, rest.Length)]) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"line {line + 1}, column {column}");
    }
}
