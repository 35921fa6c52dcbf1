namespace Binlog.RelayLog.Tests.Support;

/// <summary>Turns a string as strace prints it back into bytes.</summary>
internal static class StraceText
{
    public static byte[] Unescape(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.Add((byte)text[i]);
                continue;
            }

            i++;
            if (text[i] is >= '0' and <= '7')
            {
                int value = 0;
                int end = Math.Min(i + 3, text.Length);
                for (; i < end && text[i] is >= '0' and <= '7'; i++)
                {
                    value = (value * 8) + (text[i] - '0');
                }

                i--;
                bytes.Add((byte)value);
            }
            else
            {
                bytes.Add(text[i] switch { 'n' => 10, 't' => 9, 'r' => 13, 'v' => 11, 'f' => 12, 'a' => 7, 'b' => 8, char other => (byte)other });
            }
        }

        return [.. bytes];
    }
}
