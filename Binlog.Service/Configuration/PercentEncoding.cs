using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Binlog.Service.Configuration;

/// <summary>Strict decoding of RFC 3986 percent-encoding: unlike <see cref="Uri.UnescapeDataString(string)"/> it leaves nothing as it was.</summary>
internal static class PercentEncoding
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>False when a % isn't followed by two hexadecimal digits or the bytes aren't UTF-8.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var bytes = new ArrayBufferWriter<byte>(text.Length + 1);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '%')
            {
                var end = text.IndexOf('%', i) is var next and >= 0 ? next : text.Length;
                Encoding.UTF8.GetBytes(text.AsSpan(i..end), bytes);
                i = end;
            }
            else if (i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Write([value]);
                i += 3;
            }
            else
            {
                return false;
            }
        }

        try
        {
            decoded = StrictUtf8.GetString(bytes.WrittenSpan);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
