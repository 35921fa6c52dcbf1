using Binlog.Cluster.Connecting;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Refuses cleartext between machines, unless <c>security.allowPlainText</c> is set.</summary>
internal sealed class PlainTextChecker(SettingValues values, SettingProblems problems)
{
    /// <summary>The protection of connections to a database when no source says it: TLS where cleartext isn't allowed.</summary>
    public static TlsMode TlsModeOf(SettingValues values, TypedSetting<TlsMode> mode, TypedSetting<string> host) =>
        values.IsGiven(mode) || values.Get(OperationsSettings.AllowPlainText) || values.GetOptional(host) is not { } name || new HostPort(name, 1).IsLoopback
            ? values.Get(mode)
            : TlsMode.Required;

    public void Check()
    {
        if (values.Get(OperationsSettings.AllowPlainText))
        {
            return;
        }

        if (!values.IsGiven(OperationsSettings.CertFile))
        {
            CheckAddress(PumpSettings.Listen);
            CheckAddress(DrainerSettings.Listen);
            CheckAddress(ClusterSettings.Join);
        }

        CheckServers(ClusterSettings.Endpoints);
        CheckServers(DrainerSettings.SchemaHistoryTiDb);
    }

    private void CheckAddress(TypedSetting<HostPort> setting)
    {
        if (values.GetOptional(setting) is { IsLoopback: false } address)
        {
            Report(setting, address.ToString(), "Set security.caFile, security.certFile and security.keyFile");
        }
    }

    private void CheckServers(TypedSetting<IReadOnlyList<string>> setting)
    {
        foreach (string text in values.GetOptional(setting) ?? [])
        {
            if (ServerAddress.TryParse(text, out ServerAddress server)
                && !(server.IsTls ?? values.IsGiven(OperationsSettings.CertFile))
                && !server.IsLoopback)
            {
                Report(setting, text, "Write https://, with security.caFile for an authority of your own");
            }
        }
    }

    private void Report(Setting setting, string address, string remedy) => problems.Report(
        setting,
        $"{address} is not on this machine, and without TLS everybody in between could read and change what goes there",
        null,
        $"{remedy}; or set security.allowPlainText to true in a network that you trust.");
}
