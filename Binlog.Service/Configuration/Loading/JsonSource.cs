using System.Text;
using System.Text.Json;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>
/// Reads the configuration file: JSON (RFC 8259) with comments and trailing commas. A reader of tokens, not a document,
/// because errors name line and column.
/// </summary>
internal static class JsonSource
{
    private const long MaxFileBytes = 1 << 20;

    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Adds every key of the file. <paramref name="path"/> is absolute.</summary>
    public static void Read(string path, RawConfiguration target)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxFileBytes)
            {
                target.AddFatal(WholeFile(path, $"found {length} bytes", "a configuration file of at most 1 MiB", null));
                return;
            }

            Read(File.ReadAllBytes(path), path, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            target.AddFatal(Directory.Exists(path)
                ? WholeFile(path, "found a directory", "a file", "Name the file, for example binlogd.json in it.")
                : e is FileNotFoundException or DirectoryNotFoundException
                    ? WholeFile(path, "the configuration file doesn't exist", null, "Create it, or name another one with --config FILE.")
                    : WholeFile(path, $"the configuration file can't be read: {e.Message}", null, null));
        }
    }

    internal static void Read(ReadOnlySpan<byte> utf8, string path, RawConfiguration target)
    {
        utf8 = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        var reader = new Utf8JsonReader(utf8, Options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                target.AddFatal(WholeFile(path, $"found {reader.TokenType}", "an object in braces", null));
                return;
            }

            ReadObject(ref reader, "", new TextMap(path, utf8), target);
            reader.Read();
        }
        catch (JsonException e)
        {
            var map = new TextMap(path, utf8);
            target.AddFatal(WholeFile(
                path,
                $"not valid JSON at {map.Place(e.LineNumber ?? 0, e.BytePositionInLine ?? 0)}: {Shorten(e.Message)}",
                null,
                "Look for a missing comma, quote or brace there or just before."));
        }
        catch (InvalidOperationException e)
        {
            target.AddFatal(WholeFile(path, $"a text is not valid: {e.Message}", null, "Save the file as UTF-8."));
        }
    }

    private static void ReadObject(ref Utf8JsonReader reader, string section, TextMap map, RawConfiguration target)
    {
        var seen = new Dictionary<string, SettingOrigin>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString() ?? "";
            var origin = map.Origin(reader.TokenStartIndex);
            var path = section.Length == 0 ? name : $"{section}.{name}";
            reader.Read();
            if (name.AsSpan().IndexOfAny('.', ':') is var mark and >= 0)
            {
                target.Add(new ConfigurationError
                {
                    Path = path,
                    Origin = origin,
                    Problem = "found a key with its section in one name",
                    Suggestion = $"Nest it: \"{name[..mark]}\": {{ \"{name[(mark + 1)..]}\": … }}.",
                });
                reader.Skip();
            }
            else if (!seen.TryAdd(name, origin))
            {
                target.Add(new ConfigurationError
                {
                    Path = path,
                    Origin = origin,
                    Problem = $"given a second time, first at {seen[name].Description}",
                    Suggestion = "Keep one of the two.",
                });
                reader.Skip();
            }
            else
            {
                ReadValue(ref reader, path, origin, map, target);
            }
        }
    }

    private static void ReadValue(ref Utf8JsonReader reader, string path, SettingOrigin origin, TextMap map, RawConfiguration target)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                target.Add(new RawValue(path, RawKind.Section, "", origin));
                ReadObject(ref reader, path, map, target);
                break;
            case JsonTokenType.StartArray:
                target.Add(new RawValue(path, RawKind.Array, "", origin) { Items = ReadTexts(ref reader) });
                break;
            case JsonTokenType.String:
                target.Add(new RawValue(path, RawKind.String, reader.GetString() ?? "", origin));
                break;
            case JsonTokenType.Number:
                target.Add(new RawValue(path, RawKind.Number, Encoding.UTF8.GetString(reader.ValueSpan), origin));
                break;
            case JsonTokenType.Null:
                target.Add(new RawValue(path, RawKind.Null, "", origin));
                break;
            default:
                target.Add(new RawValue(path, RawKind.Boolean, reader.TokenType == JsonTokenType.True ? "true" : "false", origin));
                break;
        }
    }

    /// <summary>Reads to the end of an array; null when an element is no text.</summary>
    private static List<string>? ReadTexts(ref Utf8JsonReader reader)
    {
        List<string>? texts = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                texts?.Add(reader.GetString() ?? "");
            }
            else
            {
                texts = null;
                reader.Skip();
            }
        }

        return texts;
    }

    private static ConfigurationError WholeFile(string path, string problem, string? expected, string? suggestion) =>
        new() { Path = path, Problem = problem, Expected = expected, Suggestion = suggestion };

    /// <summary>The reader's message without its own, zero-based position.</summary>
    private static string Shorten(string message) =>
        message.IndexOf(" LineNumber:", StringComparison.Ordinal) is var end and > 0 ? message[..end] : message;
}
