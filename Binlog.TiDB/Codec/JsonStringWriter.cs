using System.Buffers;
using System.Text;

namespace Binlog.TiDB.Codec;

/// <summary>Quotes a JSON string: backslash before quote and backslash, \n \r \t, \u00XX, invalid UTF-8 as \ufffd, U+2028/2029 escaped.</summary>
internal static class JsonStringWriter
{
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x60).Where(b => b is not ('"' or '\\' or '<' or '>' or '&')).Select(b => (byte)b)]);

    public static void Write(ReadOnlySpan<byte> text, IBufferWriter<byte> writer, bool escapeHtml)
    {
        writer.Write("\""u8);
        while (true)
        {
            var special = text.IndexOfAnyExcept(Plain);
            if (special < 0)
            {
                break;
            }

            writer.Write(text[..special]);
            text = text[special..];
            text = text[(text[0] < 0x80 ? WriteAscii(text[0], writer, escapeHtml) : WriteRune(text, writer))..];
        }

        writer.Write(text);
        writer.Write("\""u8);
    }

    private static int WriteAscii(byte value, IBufferWriter<byte> writer, bool escapeHtml)
    {
        var room = writer.GetSpan(6);
        room[0] = (byte)'\\';
        var length = 2;
        switch (value)
        {
            case (byte)'"' or (byte)'\\':
                room[1] = value;
                break;
            case (byte)'\n':
                room[1] = (byte)'n';
                break;
            case (byte)'\r':
                room[1] = (byte)'r';
                break;
            case (byte)'\t':
                room[1] = (byte)'t';
                break;
            case >= 0x20 when !escapeHtml:
                room[0] = value;
                length = 1;
                break;
            default:
                "\\u00"u8.CopyTo(room);
                room[4] = "0123456789abcdef"u8[value >> 4];
                room[5] = "0123456789abcdef"u8[value & 15];
                length = 6;
                break;
        }

        writer.Advance(length);
        return 1;
    }

    private static int WriteRune(ReadOnlySpan<byte> text, IBufferWriter<byte> writer)
    {
        if (Rune.DecodeFromUtf8(text, out var rune, out var length) != OperationStatus.Done)
        {
            writer.Write("\\ufffd"u8);
            return 1;
        }

        writer.Write(rune.Value switch
        {
            0x2028 => "\\u2028"u8,
            0x2029 => "\\u2029"u8,
            _ => text[..length],
        });
        return length;
    }
}
