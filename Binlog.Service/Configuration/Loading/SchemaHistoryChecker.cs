using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Checks the section <c>drainer.schemaHistory</c>: what its source needs.</summary>
internal sealed class SchemaHistoryChecker(SettingValues values, SettingProblems problems)
{
    private const string Remove = "Remove it, or set drainer.schemaHistory.source to the one that uses it.";

    /// <summary>The source in force: TiKV in a TiDB cluster, unless another one is set.</summary>
    public static SchemaHistorySource SourceOf(SettingValues values) =>
        !values.IsGiven(DrainerSettings.SchemaHistorySource) && !values.IsGiven(DrainerSettings.SchemaHistoryPath) && values.Get(ClusterSettings.Mode) == ClusterMode.Pd
            ? SchemaHistorySource.TiKv
            : values.Get(DrainerSettings.SchemaHistorySource);

    public void Check()
    {
        if (values.IsInvalid(DrainerSettings.SchemaHistorySource) || values.IsInvalid(ClusterSettings.Mode))
        {
            return;
        }

        SchemaHistorySource source = SourceOf(values);
        if (source != SchemaHistorySource.File)
        {
            problems.Refuse([DrainerSettings.SchemaHistoryPath], DrainerSettings.SchemaHistorySource, Remove);
        }

        if (source != SchemaHistorySource.TiDb)
        {
            problems.Refuse([DrainerSettings.SchemaHistoryTiDb], DrainerSettings.SchemaHistorySource, Remove);
        }

        switch (source)
        {
            case SchemaHistorySource.File:
                problems.Require(DrainerSettings.SchemaHistoryPath, "Name the file of the upstream's DDL jobs.");
                break;
            case SchemaHistorySource.TiDb:
                problems.Require(DrainerSettings.SchemaHistoryTiDb, "Name the status addresses of TiDB servers.");
                break;
            case SchemaHistorySource.TiKv when values.Get(ClusterSettings.Mode) != ClusterMode.Pd:
                problems.Report(DrainerSettings.SchemaHistorySource, "found \"tikv\", but without cluster.mode \"pd\" nothing says where TiKV is", "\"file\" or \"tidb\"", "Set cluster.mode to \"pd\", or take another source.");
                break;
        }
    }
}
