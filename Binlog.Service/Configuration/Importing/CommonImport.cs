using System.Net;
using System.Text.Json;
using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Configuration.Importing;

/// <summary>Keys that Pump and Drainer of the original share.</summary>
internal static class CommonImport
{
    private static readonly string[] TlsPaths = ["security.caFile", "security.certFile", "security.keyFile", "security.allowedCommonNames"];

    public static IReadOnlyDictionary<string, ImportStep> Steps { get; } = new Dictionary<string, ImportStep>
    {
        ["log-level"] = LogLevel,
        ["log-file"] = Unless("", (from, target) => target.SetPath("log.file", from)),
        ["log-rotate"] = Drop("the original ignores it too; log.keepFiles says how many full log files are kept."),
        ["node-id"] = Unless("", (from, target) => target.Set("nodeId", from.Value.AsText(), from)),
        ["addr"] = Unless("", Listen),
        ["advertise-addr"] = Unless("", (from, target) => target.Set($"{target.Section}.advertise", WithoutScheme(from.Value.AsText()), from)),
        ["data-dir"] = Unless("", (from, target) => target.SetPath("dataDir", from)),
        ["pd-urls"] = PdUrls,
        ["metrics-addr"] = Unless("", (from, target) => target.Set("metrics.pushAddress", WithoutScheme(from.Value.AsText()), from)),
        ["metrics-interval"] = Seconds("metrics.pushInterval"),
        ["security.ssl-ca"] = Unless("", (from, target) => target.SetPath("security.caFile", from)),
        ["security.ssl-cert"] = Unless("", (from, target) => target.SetPath("security.certFile", from)),
        ["security.ssl-key"] = Unless("", (from, target) => target.SetPath("security.keyFile", from)),
        ["security.cert-allowed-cn"] = CommonNames,
    };

    /// <summary>What can be said only once the whole file is known.</summary>
    public static void Finish(ImportTarget target)
    {
        if (TlsPaths.Any(target.Has) && !TlsPaths.Take(3).All(target.Has))
        {
            target.Remove(TlsPaths);
            target.LookAt("security", "TLS needs ssl-ca, ssl-cert and ssl-key here, all three; without TLS this node can't join nodes that have it. The section is left out: add security.caFile, security.certFile and security.keyFile.");
        }

        if (target.Has(TlsPaths[0]))
        {
            target.LookAt("security", "every client needs a certificate of these authorities here, also Prometheus and curl; in the original only with cert-allowed-cn.");
        }

        if (!target.Has($"{target.Section}.listen"))
        {
            target.LookAt($"{target.Section}.listen", "the original listens on the machine's first address when addr is not set; the default here serves programs on this machine only. Set it, for example to this machine's IP address.");
        }

        if (!target.Has("cluster.mode"))
        {
            target.LookAt("cluster.mode", "pd-urls is not set in the original's file, which means a PD at 127.0.0.1:2379; the default here is a cluster without PD. Set it to pd, and cluster.endpoints to the addresses of PD.");
        }

        if (!target.Has("dataDir"))
        {
            target.LookAt("dataDir", $"not set in the original's file, which means data.{target.Section} in its working directory; the default here is {DefaultPaths.DataDirectory}. Data of the original is not read: begin with an empty directory.");
        }
        else
        {
            target.LookAt("dataDir", "data of the original is not read: name an empty directory.");
        }
    }

    /// <summary>The original talks cleartext to other machines unless it has TLS files; here that has to be said.</summary>
    public static void FinishPlainText(ImportTarget target)
    {
        ImportedSetting? elsewhere = target.Settings.FirstOrDefault(setting => IsReachedInCleartext(setting, target));
        if (elsewhere is null)
        {
            return;
        }

        target.Set("security.allowPlainText", true, elsewhere.From);
        target.LookAt("security.allowPlainText", $"set, because {elsewhere.Path} is another machine, or open to others, and the original's file has no TLS for it. Take it out when TLS is set up.");
    }

    /// <summary>A key that is left out.</summary>
    public static ImportStep Drop(string reason) => (from, target) => target.Dropped(from, reason);

    /// <summary>A key that is left out although it changes what happens.</summary>
    public static ImportStep Miss(string advice) => (from, target) => target.LookAt(from.ToString(), advice);

    /// <summary>A key whose value in the original means that it is not set.</summary>
    public static ImportStep Unless(string notSet, ImportStep step) => (from, target) =>
    {
        if (from.Value.AsText() != notSet)
        {
            step(from, target);
        }
    };

    /// <summary>A number of seconds.</summary>
    public static ImportStep Seconds(string path) => (from, target) => target.Set(path, Number(from.Value), from);

    /// <summary>A number that decimal can hold; larger ones are out of every range.</summary>
    public static decimal Number(TomlValue value) =>
        value.AsNumber() is var number && double.IsFinite(number) && Math.Abs(number) < 1e18
            ? (decimal)number
            : throw new TomlException(value.Place, $"found {value}, expected a number of at most 10^18");

    private static void LogLevel(OriginalValue from, ImportTarget target)
    {
        string level = from.Value.AsText().ToLowerInvariant();
        if (level == "fatal")
        {
            target.Converted(from, "log.level = critical: there is no fatal.");
        }

        target.Set("log.level", level == "fatal" ? "critical" : level, from);
    }

    /// <summary>A host name can't be listened on here: all addresses are, and the name is what others are told.</summary>
    private static void Listen(OriginalValue from, ImportTarget target)
    {
        string address = WithoutScheme(from.Value.AsText());
        string path = $"{target.Section}.listen";
        bool isRead = HostPort.TryParse(address, out HostPort parsed, out _);
        bool isName = isRead && !IPAddress.TryParse(parsed.Host, out _) && !parsed.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        target.Set(path, isName ? $"0.0.0.0:{parsed.Port}" : address, from);
        if (isName)
        {
            target.Converted(from, $"{path} = 0.0.0.0:{parsed.Port} and {target.Section}.advertise = {address}: a host name can't be listened on, all addresses are.");
            if (!target.Has($"{target.Section}.advertise"))
            {
                target.Set($"{target.Section}.advertise", address, from);
            }
        }
    }

    private static void PdUrls(OriginalValue from, ImportTarget target)
    {
        string[] urls = [.. from.Value.AsText().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        target.Set("cluster.mode", "pd", from);
        target.Set("cluster.endpoints", urls, from);
    }

    private static void CommonNames(OriginalValue from, ImportTarget target)
    {
        string[] names = [.. from.Value.AsArray().Select(name => name.AsText())];
        if (names.Length > 0)
        {
            target.Set("security.allowedCommonNames", names, from);
        }
    }

    private static bool IsReachedInCleartext(ImportedSetting setting, ImportTarget target) => setting.Path switch
    {
        "cluster.endpoints" => JsonSerializer.Deserialize<string[]>(setting.Json)!.Any(text => IsElsewhere(text) && !(text.Contains("://", StringComparison.Ordinal) ? text.StartsWith("https:", StringComparison.OrdinalIgnoreCase) : target.Has(TlsPaths[1]))),
        "pump.listen" or "drainer.listen" => !target.Has(TlsPaths[1]) && IsElsewhere(JsonSerializer.Deserialize<string>(setting.Json)!),
        "drainer.downstream.host" => !target.Has("drainer.downstream.tls.ca") && IsElsewhere($"{JsonSerializer.Deserialize<string>(setting.Json)}:1"),
        "drainer.checkpoint.host" => !target.Has("drainer.checkpoint.tls.ca") && IsElsewhere($"{JsonSerializer.Deserialize<string>(setting.Json)}:1"),
        _ => false,
    };

    private static bool IsElsewhere(string address) => HostPort.TryParse(WithoutScheme(address), out HostPort peer, out _) && !peer.IsLoopback;

    private static string WithoutScheme(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        return (scheme < 0 ? address : address[(scheme + 3)..]).TrimEnd('/');
    }
}
