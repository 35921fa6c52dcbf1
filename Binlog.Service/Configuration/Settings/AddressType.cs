using System.Net;

namespace Binlog.Service.Configuration.Settings;

/// <summary>An address to listen on, or one to connect to.</summary>
internal sealed class AddressType : SettingType<HostPort>
{
    private readonly bool _listen;

    private AddressType(bool listen) => _listen = listen;

    /// <summary>Address of this machine: an IP address or localhost; port 0 takes a free one.</summary>
    public static AddressType ToListen { get; } = new(listen: true);

    /// <summary>Address that others can be reached at: no 0.0.0.0, no port 0.</summary>
    public static AddressType ToConnect { get; } = new(listen: false);

    public override string Name => "address";

    public override string Range => _listen ? "IP:port or localhost:port, port 0 to 65535" : "host:port, port 1 to 65535";

    public override string Expected => _listen
        ? "an address to listen on such as \"127.0.0.1:8250\" or \"0.0.0.0:8250\""
        : "an address that others can connect to such as \"db1.example.com:8250\"";

    public override bool TryRead(RawValue raw, out HostPort value, out string? problem)
    {
        problem = null;
        value = default;
        if (!raw.IsText || !HostPort.TryParse(raw.Text, out value, out problem))
        {
            return false;
        }

        problem = _listen ? ProblemToListen(value) : ProblemToConnect(value);
        return problem is null;
    }

    public override string Format(HostPort value) => value.ToString();

    private static string? ProblemToListen(HostPort value) =>
        IPAddress.TryParse(value.Host, out _) || value.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            ? null
            : "a host name can't be listened on; write the IP address of the network interface, or 0.0.0.0 for all of them";

    private static string? ProblemToConnect(HostPort value) =>
        value.IsAnyAddress ? $"{value.Host} means every interface and can't be connected to; write the name or IP address of the machine"
        : value.Port == 0 ? "port 0 can't be connected to"
        : null;
}
