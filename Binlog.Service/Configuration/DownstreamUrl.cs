using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Binlog.Service.Configuration;

/// <summary>
/// A target in one text: <c>sqlite:FILE</c> or <c>mysql://user:password@host:port[?tls=MODE&amp;ca=FILE&amp;cert=FILE&amp;key=FILE]</c>.
/// User, password and parameters are percent-encoded where they hold reserved characters. Formatting masks the password.
/// </summary>
internal sealed record DownstreamUrl(DownstreamOptions Options)
{
    private const string SqlitePrefix = "sqlite:";
    private const string MySqlPrefix = "mysql://";

    /// <summary>How such a text looks, for messages and help.</summary>
    public const string Form = "sqlite:FILE or mysql://user:password@host:port";

    /// <summary>Reads the text; on failure <paramref name="problem"/> says what is wrong without showing a password.</summary>
    /// <param name="text">The text.</param>
    /// <param name="currentDirectory">Absolute; relative paths start here.</param>
    /// <param name="url">The target.</param>
    /// <param name="problem">A clause, no full stop.</param>
    public static bool TryParse(
        string text,
        string currentDirectory,
        [NotNullWhen(true)] out DownstreamUrl? url,
        [NotNullWhen(false)] out string? problem)
    {
        url = null;
        if (text.StartsWith(SqlitePrefix, StringComparison.OrdinalIgnoreCase))
        {
            var file = text[SqlitePrefix.Length..];
            problem = file.Length == 0 ? "the file is missing after sqlite:"
                : file.StartsWith("//", StringComparison.Ordinal) ? "sqlite: is followed by the file itself, without //, as in sqlite:target.db"
                : file.Contains('\0', StringComparison.Ordinal) ? "the file name holds a NUL character"
                : null;
            url = problem is null
                ? new DownstreamUrl(new DownstreamOptions { Type = DownstreamType.Sqlite, File = Path.GetFullPath(file, currentDirectory) })
                : null;
            return problem is null;
        }

        if (!text.StartsWith(MySqlPrefix, StringComparison.OrdinalIgnoreCase))
        {
            problem = $"it starts neither with sqlite: nor with mysql://; write {Form}";
            return false;
        }

        var parsed = MySqlUrlReader.TryRead(text[MySqlPrefix.Length..], currentDirectory, out var options, out problem);
        url = parsed ? new DownstreamUrl(options!) : null;
        return parsed;
    }

    /// <summary>The text that <see cref="TryParse"/> reads back; with the password, so not for logs.</summary>
    public string Reveal() => Format(Uri.EscapeDataString(Options.Password.Reveal()));

    public override string ToString() => Format(Options.Password.ToString());

    private string Format(string password)
    {
        if (Options.Type == DownstreamType.Sqlite)
        {
            return SqlitePrefix + Options.File;
        }

        var text = new StringBuilder(MySqlPrefix).Append(Uri.EscapeDataString(Options.User ?? ""));
        if (password.Length > 0)
        {
            text.Append(':').Append(password);
        }

        text.Append('@').Append(new HostPort(Options.Host ?? "", Options.Port).ToString());
        var separator = '?';
        foreach (var (name, value) in Parameters())
        {
            text.Append(CultureInfo.InvariantCulture, $"{separator}{name}={Uri.EscapeDataString(value)}");
            separator = '&';
        }

        return text.ToString();
    }

    private IEnumerable<(string Name, string Value)> Parameters()
    {
        if (Options.Tls.Mode != TlsMode.Preferred)
        {
            yield return ("tls", MySqlUrlReader.TlsModes.Format(Options.Tls.Mode));
        }

        foreach (var (name, value) in new[] { ("ca", Options.Tls.CaFile), ("cert", Options.Tls.CertFile), ("key", Options.Tls.KeyFile) })
        {
            if (value is not null)
            {
                yield return (name, value);
            }
        }
    }
}
