using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Checks the section <c>drainer.checkpoint</c>: what its type needs, and that it fits the target.</summary>
internal sealed class CheckpointChecker(SettingValues values, SettingProblems problems)
{
    public void Check()
    {
        if (values.IsInvalid(CheckpointSettings.Type) || values.IsInvalid(DownstreamSettings.Type))
        {
            return;
        }

        CheckpointType type = values.Get(CheckpointSettings.Type);
        if (type != CheckpointType.MySql)
        {
            problems.Refuse(CheckpointSettings.MySqlOnly, CheckpointSettings.Type, "Remove it, or set the type to \"mysql\".");
        }
        else
        {
            problems.Require(CheckpointSettings.Host, "Name the host of the checkpoint's server.");
            problems.Require(CheckpointSettings.User, "Name the user to log in there as.");
            CheckClientCertificate(CheckpointSettings.TlsCert, CheckpointSettings.TlsKey);
            CheckClientCertificate(CheckpointSettings.TlsKey, CheckpointSettings.TlsCert);
        }

        if (type != CheckpointType.File)
        {
            problems.Refuse([CheckpointSettings.File], CheckpointSettings.Type, "Remove it, or set the type to \"file\".");
        }

        if (type != CheckpointType.Target && values.Get(DownstreamSettings.Type) != DownstreamType.MySql)
        {
            problems.Report(CheckpointSettings.Type, $"found \"{values.Format(CheckpointSettings.Type)}\", but an SQLite file holds its checkpoint itself", "\"target\"", null);
        }

        if (type != CheckpointType.Target && !values.IsInvalid(ApplySettings.Consistency) && values.Get(ApplySettings.Consistency) == ApplyConsistency.Eventual)
        {
            problems.Report(ApplySettings.Consistency, "found \"eventual\", but parts of transactions are announced in the target's own checkpoint", $"\"transactional\" with drainer.checkpoint.type \"{values.Format(CheckpointSettings.Type)}\"", "Keep the checkpoint in the target, or apply whole transactions.");
        }

        if (type == CheckpointType.File && values.Get(DrainerSettings.Standby))
        {
            problems.Report(DrainerSettings.Standby, "found true, but another machine's Drainer can't read the checkpoint's file", "false with drainer.checkpoint.type \"file\"", "Keep the checkpoint in the target or in another database.");
        }
    }

    private void CheckClientCertificate(Setting given, Setting other)
    {
        if (values.IsGiven(given))
        {
            problems.Require(other, $"{given.Path} is of no use without it.");
        }
    }
}
