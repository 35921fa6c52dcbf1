using System.Globalization;

namespace Binlog.Service.Configuration.Importing;

/// <summary>Keys of the original's drainer.toml, as far as this version has what they set.</summary>
internal static class DrainerImport
{
    private const string Missing = "this version does not have it. Don't replace a Drainer that needs it.";
    private const string OrderedApply = "transactions are applied whole and in commit order here, several in one downstream transaction: drainer.workers, drainer.batchTransactions and drainer.batchRows say how many; their defaults fit. drainer.consistency = eventual spreads rows over workers as the original does.";
    private const string OwnCheckpoint = "the checkpoint is in the target itself, in the same transaction as the data; the original's is gone on from at the first start.";
    private static readonly string[] OfCheckpointServer =
    [
        "drainer.checkpoint.port", "drainer.checkpoint.user", "drainer.checkpoint.password", "drainer.checkpoint.database",
        "drainer.checkpoint.tls.ca", "drainer.checkpoint.tls.cert", "drainer.checkpoint.tls.key",
    ];

    public static IReadOnlyDictionary<string, ImportStep> Steps { get; } = new Dictionary<string, ImportStep>(CommonImport.Steps)
    {
        ["detect-interval"] = CommonImport.Drop("Pumps announce themselves to Drainers; the list is read every 5 s besides."),
        ["initial-commit-ts"] = (from, target) => target.Set("drainer.initialCommitTs", from.Value.AsInteger(), from),
        ["synced-check-time"] = CommonImport.Drop("Synced in /status is true after 5 minutes without a change, as by default in the original."),
        ["compressor"] = CommonImport.Unless("", (from, target) => target.Set("drainer.compressor", from.Value.AsText(), from)),
        ["syncer.db-type"] = DbType,
        ["syncer.sql-mode"] = CommonImport.Miss(Missing),
        ["syncer.ignore-txn-commit-ts"] = MissUnlessEmpty,
        ["syncer.ignore-schemas"] = CommonImport.Miss("filters are for a later version; everything but TiDB's system schemas is replicated."),
        ["syncer.ignore-table"] = CommonImport.Miss("filters are for a later version; everything is replicated."),
        ["syncer.replicate-do-db"] = CommonImport.Miss("filters are for a later version; everything is replicated."),
        ["syncer.replicate-do-table"] = CommonImport.Miss("filters are for a later version; everything is replicated."),
        ["syncer.txn-batch"] = CommonImport.Drop(OrderedApply),
        ["syncer.worker-count"] = (from, target) => target.Set("drainer.workers", from.Value.AsInteger(), from),
        ["syncer.enable-dispatch"] = CommonImport.Drop(OrderedApply),
        ["syncer.disable-dispatch"] = CommonImport.Drop(OrderedApply),
        ["syncer.enable-detect"] = CommonImport.Drop(OrderedApply),
        ["syncer.disable-detect"] = CommonImport.Drop(OrderedApply),
        ["syncer.safe-mode"] = (from, target) => target.Set("drainer.safeMode", from.Value.AsBoolean(), from),
        ["syncer.sync-ddl"] = MissIf(false),
        ["syncer.loopback-control"] = MissIf(true),
        ["syncer.channel-id"] = CommonImport.Drop("it belongs to loopback-control."),
        ["syncer.load-schema-snapshot"] = CommonImport.Drop("the DDL history is read once from TiKV, and kept beside the relay log; later starts read what is new."),
        ["syncer.case-sensitive"] = CommonImport.Drop("it belongs to table-migrate-rule."),
        ["syncer.table-migrate-rule"] = CommonImport.Miss(Missing),
        ["syncer.binlog-filter-rule"] = CommonImport.Miss(Missing),
        ["syncer.relay.log-dir"] = CommonImport.Drop("the relay log is always kept, in the directory relay of dataDir."),
        ["syncer.relay.max-file-size"] = (from, target) => target.Set("drainer.relay.segmentSize", OriginalUnits.Bytes(from.Value), from),
        ["syncer.to.host"] = (from, target) => target.Set("drainer.downstream.host", from.Value.AsText(), from),
        ["syncer.to.port"] = (from, target) => target.Set("drainer.downstream.port", from.Value.AsInteger(), from),
        ["syncer.to.user"] = (from, target) => target.Set("drainer.downstream.user", from.Value.AsText(), from),
        ["syncer.to.password"] = CommonImport.Unless("", (from, target) => target.Set("drainer.downstream.password", from.Value.AsText(), from)),
        ["syncer.to.encrypted_password"] = CommonImport.Unless("", CommonImport.Miss("encrypted passwords are not read; set drainer.downstream.password, or the environment variable BINLOG__drainer__downstream__password.")),
        ["syncer.to.security.ssl-ca"] = CommonImport.Unless("", (from, target) => target.SetPath("drainer.downstream.tls.ca", from)),
        ["syncer.to.security.ssl-cert"] = CommonImport.Unless("", (from, target) => target.SetPath("drainer.downstream.tls.cert", from)),
        ["syncer.to.security.ssl-key"] = CommonImport.Unless("", (from, target) => target.SetPath("drainer.downstream.tls.key", from)),
        ["syncer.to.sync-mode"] = CommonImport.Drop("whole rows are written, as in mode 1."),
        ["syncer.to.read-timeout"] = CommonImport.Drop("timeouts of the target are not a setting."),
        ["syncer.to.merge"] = CommonImport.Drop(OrderedApply),
        ["syncer.to.params"] = CommonImport.Miss("session variables of the target are not a setting; sessions are in UTC and don't depend on the server's defaults."),
        ["syncer.to.checkpoint.type"] = CheckpointType,
        ["syncer.to.checkpoint.schema"] = CommonImport.Unless("", (from, target) => target.Set("drainer.checkpoint.database", from.Value.AsText(), from)),
        ["syncer.to.checkpoint.table"] = CommonImport.Drop("the table's name is not a setting; the original's is found under the name checkpoint."),
        ["syncer.to.checkpoint.host"] = CommonImport.Unless("", (from, target) => target.Set("drainer.checkpoint.host", from.Value.AsText(), from)),
        ["syncer.to.checkpoint.port"] = (from, target) => target.Set("drainer.checkpoint.port", from.Value.AsInteger(), from),
        ["syncer.to.checkpoint.user"] = CommonImport.Unless("", (from, target) => target.Set("drainer.checkpoint.user", from.Value.AsText(), from)),
        ["syncer.to.checkpoint.password"] = CommonImport.Unless("", (from, target) => target.Set("drainer.checkpoint.password", from.Value.AsText(), from)),
        ["syncer.to.checkpoint.encrypted_password"] = CommonImport.Unless("", CommonImport.Miss("encrypted passwords are not read (the original ignored this one); set drainer.checkpoint.password, or the environment variable BINLOG__drainer__checkpoint__password.")),
        ["syncer.to.checkpoint.security.ssl-ca"] = CommonImport.Unless("", (from, target) => target.SetPath("drainer.checkpoint.tls.ca", from)),
        ["syncer.to.checkpoint.security.ssl-cert"] = CommonImport.Unless("", (from, target) => target.SetPath("drainer.checkpoint.tls.cert", from)),
        ["syncer.to.checkpoint.security.ssl-key"] = CommonImport.Unless("", (from, target) => target.SetPath("drainer.checkpoint.tls.key", from)),
        ["syncer.to.dir"] = CommonImport.Miss("a target of files is for a later version."),
        ["syncer.to.retention-time"] = CommonImport.Miss("a target of files is for a later version."),
        ["syncer.to.kafka-addrs"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.kafka-version"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.kafka-max-messages"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.kafka-max-message-size"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.kafka-client-id"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.topic-name"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.zookeeper-addrs"] = CommonImport.Miss("Kafka as a target is for a later version."),
        ["syncer.to.oracle-service-name"] = CommonImport.Miss("Oracle as a target is not supported."),
        ["syncer.to.oracle-connect-string"] = CommonImport.Miss("Oracle as a target is not supported."),
    };

    /// <summary>Keys that are tables with any keys in them, taken as a whole.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["syncer.binlog-filter-rule", "syncer.to.params"];

    /// <summary>What can be said only once the whole file is known.</summary>
    public static void Finish(ImportTarget target)
    {
        FinishCheckpoint(target);
    }

    /// <summary>A server of its own is another place; anything else was the target, or a file beside it.</summary>
    private static void FinishCheckpoint(ImportTarget target)
    {
        if (target.Has("drainer.checkpoint.host"))
        {
            if (!target.Has("drainer.checkpoint.type"))
            {
                target.LookAt("drainer.checkpoint.type", "the original's checkpoint has a server of its own: set it to mysql, or take drainer.checkpoint.host and the rest out and set drainer.initialCommitTs to the commit TS in that checkpoint.");
            }
        }
        else
        {
            foreach (ImportedSetting setting in target.Settings.Where(setting => OfCheckpointServer.Contains(setting.Path) || setting is { Path: "drainer.checkpoint.type", Json: "\"mysql\"" }).ToList())
            {
                if (setting.Path == "drainer.checkpoint.database" && setting.Json != "\"tidb_binlog\"")
                {
                    target.LookAt(setting.From.ToString(), "the original's checkpoint is looked for in tidb_binlog of the target only: set drainer.initialCommitTs to the commit TS that stands in it.");
                }
                else
                {
                    target.Dropped(setting.From, OwnCheckpoint);
                }

                target.Remove(setting.Path);
            }
        }
    }

    private static void CheckpointType(OriginalValue from, ImportTarget target)
    {
        switch (from.Value.AsText().ToLowerInvariant())
        {
            case "mysql" or "tidb":
                target.Set("drainer.checkpoint.type", "mysql", from);
                break;
            case "file":
                target.Set("drainer.checkpoint.type", "file", from);
                target.LookAt("drainer.checkpoint.file", "name the original's savepoint in it (data-dir/savepoint), or a copy: the first start goes on from there.");
                break;
            case "":
                target.Dropped(from, OwnCheckpoint);
                break;
            default:
                target.LookAt(from.ToString(), "this version keeps checkpoints in the target, in a file, or in MySQL, MariaDB or TiDB.");
                break;
        }
    }

    private static void DbType(OriginalValue from, ImportTarget target)
    {
        string type = from.Value.AsText().ToLowerInvariant();
        if (type is "mysql" or "tidb")
        {
            target.Set("drainer.downstream.type", "mysql", from);
        }
        else
        {
            target.LookAt(from.ToString(), string.Create(CultureInfo.InvariantCulture, $"the target {type} is not supported by this version; drainer.downstream has mysql (also MariaDB and TiDB) and sqlite."));
        }
    }

    private static void MissUnlessEmpty(OriginalValue from, ImportTarget target)
    {
        if (from.Value.AsArray().Count > 0)
        {
            target.LookAt(from.ToString(), Missing);
        }
    }

    private static ImportStep MissIf(bool missed) => (from, target) =>
    {
        if (from.Value.AsBoolean() == missed)
        {
            target.LookAt(from.ToString(), Missing);
        }
        else
        {
            target.Dropped(from, "that is how it is here.");
        }
    };
}
