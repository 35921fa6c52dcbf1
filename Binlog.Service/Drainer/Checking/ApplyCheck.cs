using Binlog.Service.Configuration;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Says what the ways of applying that are not the default mean here.</summary>
internal static class ApplyCheck
{
    public static void Run(DrainerOptions drainer, FindingList findings)
    {
        if (drainer.Apply.Consistency == ApplyConsistency.Eventual)
        {
            if (drainer.Downstream.Type == DownstreamType.Sqlite)
            {
                findings.Note("applying", "drainer.consistency", "An SQLite target has one writer: it is applied to transactionally.", "Set drainer.consistency to transactional.");
            }
            else
            {
                findings.Note("applying", "drainer.consistency", "Readers of the target see parts of transactions.", "Set drainer.consistency to transactional, unless they may.");
            }
        }

        if (drainer.Apply.SafeMode)
        {
            findings.Note("applying", "drainer.safeMode", "Rows that are there already, or are missing, will not be noticed.", "Set it to false once the target is past what it was loaded with.");
        }
    }
}
