using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Checks the section <c>cluster</c>: that each key has a use in the mode.</summary>
internal sealed class ClusterChecker(SettingValues values, SettingProblems problems)
{
    public void Check()
    {
        if (values.IsInvalid(ClusterSettings.Mode))
        {
            return;
        }

        if (values.Get(ClusterSettings.Mode) != ClusterMode.Pd)
        {
            problems.Refuse([DrainerSettings.HoldGarbage], ClusterSettings.Mode, "Remove it, or set cluster.mode to \"pd\".");
        }

        if (values.Get(ClusterSettings.Mode) == ClusterMode.Embedded)
        {
            problems.Refuse(ClusterSettings.ServersOnly, ClusterSettings.Mode, "Remove it, or set cluster.mode to \"etcd\" or \"pd\".");
            return;
        }

        problems.Refuse([ClusterSettings.Join], ClusterSettings.Mode, "Remove it: every host finds the cluster by cluster.endpoints.");
        if (values.IsGiven(ClusterSettings.Password))
        {
            problems.Require(ClusterSettings.User, null, $"missing, and {ClusterSettings.Password.Path} is of no use without it");
        }
    }
}
