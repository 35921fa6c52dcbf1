using System.Diagnostics.CodeAnalysis;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>Reads what follows <c>mysql://</c>. No problem that it reports holds the password.</summary>
internal static class MySqlUrlReader
{
    private static readonly SettingOrigin NoOrigin = new("URL", Path.GetTempPath());

    public static SettingType<TlsMode> TlsModes { get; } = DownstreamSettings.TlsMode.Type;

    public static bool TryRead(
        string text,
        string currentDirectory,
        [NotNullWhen(true)] out DownstreamOptions? options,
        [NotNullWhen(false)] out string? problem)
    {
        options = null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0)
        {
            problem = "the user is missing; write mysql://user:password@host:port";
            return false;
        }

        var (login, rest) = (text[..at], text[(at + 1)..]);
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var (place, query) = question < 0 ? (rest, "") : (rest[..question], rest[(question + 1)..]);
        if (place.Contains('@', StringComparison.Ordinal))
        {
            problem = "there is more than one @ before the host; write an @ of user or password as %40";
            return false;
        }

        var colon = login.IndexOf(':', StringComparison.Ordinal);
        if (!PercentEncoding.TryDecode(colon < 0 ? login : login[..colon], out var user)
            || !PercentEncoding.TryDecode(colon < 0 ? "" : login[(colon + 1)..], out var password))
        {
            problem = "user or password has a % that isn't the start of percent-encoded UTF-8; write a % itself as %25";
            return false;
        }

        if (user.Length == 0)
        {
            problem = "the user is empty; write mysql://user:password@host:port";
            return false;
        }

        if (!TryReadAddress(place, out var address, out problem) || !TryReadTls(query, currentDirectory, out var tls, out problem))
        {
            return false;
        }

        options = new DownstreamOptions
        {
            Type = DownstreamType.MySql,
            User = user,
            Password = new Secret(password),
            Host = address.Host,
            Port = address.Port,
            Tls = tls,
        };
        return true;
    }

    private static bool TryReadAddress(string text, out HostPort address, [NotNullWhen(false)] out string? problem)
    {
        var withPort = text.LastIndexOf(':') > text.LastIndexOf(']') ? text : $"{text}:{DownstreamOptions.DefaultMySqlPort}";
        if (text.Contains('/', StringComparison.Ordinal))
        {
            address = default;
            problem = "nothing may follow host:port but ?tls=…; tables keep the schema that they have upstream";
            return false;
        }

        if (!HostPort.TryParse(withPort, out address, out problem))
        {
            return false;
        }

        problem = address.Port == 0 ? "port 0 can't be connected to" : null;
        return problem is null;
    }

    private static bool TryReadTls(string query, string currentDirectory, [NotNullWhen(true)] out TlsOptions? tls, [NotNullWhen(false)] out string? problem)
    {
        tls = null;
        problem = null;
        var read = new TlsOptions();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            if (name is not ("tls" or "ca" or "cert" or "key"))
            {
                problem = "a parameter after the ? is unknown; there are tls, ca, cert and key";
                return false;
            }

            if (equals < 0 || !PercentEncoding.TryDecode(pair[(equals + 1)..], out var value) || value.Length == 0 || value.Contains('\0', StringComparison.Ordinal) || !seen.Add(name))
            {
                problem = $"parameter {name} is empty, given twice or badly percent-encoded";
                return false;
            }

            var file = name == "tls" ? null : Path.GetFullPath(value, currentDirectory);
            if (file is not null && !File.Exists(file))
            {
                problem = $"the file {file} of parameter {name} doesn't exist";
                return false;
            }

            var mode = TlsMode.Preferred;
            if (file is null && !TlsModes.TryRead(new RawValue(name, RawKind.Untyped, value, NoOrigin), out mode, out _))
            {
                problem = $"parameter tls is \"{value}\", expected {TlsModes.Expected}";
                return false;
            }

            read = name switch
            {
                "tls" => read with { Mode = mode },
                "ca" => read with { CaFile = file },
                "cert" => read with { CertFile = file },
                _ => read with { KeyFile = file },
            };
        }

        if (read.CertFile is null != read.KeyFile is null)
        {
            problem = "parameters cert and key are of no use without each other";
            return false;
        }

        tls = read;
        return true;
    }
}
