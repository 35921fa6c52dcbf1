namespace Binlog.Service.Tests.Configuration.Importing;

/// <summary>Files as people have them for tidb-binlog.</summary>
internal static class Samples
{
    /// <summary>A Pump with every key that the original has.</summary>
    public const string Pump = """
        # A Pump of the production cluster.
        log-level = "info"
        log-file = "logs/pump.log"
        node-id = "pump-7"
        addr = "10.0.1.7:8250"
        advertise-addr = "10.0.1.7:8250"
        socket = "unix:///tmp/pump.sock"
        pd-urls = "http://10.0.1.1:2379,http://10.0.1.2:2379"
        data-dir = "/data/pump"
        heartbeat-interval = 2
        gc = 7                      # days
        gen-binlog-interval = 3
        metrics-addr = "10.0.1.9:9091"
        metrics-interval = 15
        max-message-size = 2143289343

        [security]
        ssl-ca = "ca.pem"
        ssl-cert = "pump.pem"
        ssl-key = "pump.key"
        cert-allowed-cn = [
          "TiDB",
          'drainer',
        ]

        [storage]
        sync-log = true
        kv_chan_cap = 1_048_576
        slow_write_threshold = 1.0
        stop-write-at-available-space = "10 gib"

        [storage.kv]
        block-cache-capacity = 8388608
        block-restart-interval = 16
        block-size = 4096
        compaction-L0-trigger = 8
        compaction-table-size = 67108864
        compaction-total-size = 536870912
        compaction-total-size-multiplier = 8.0
        write-buffer = 67108864
        write-L0-pause-trigger = 24
        write-L0-slowdown-trigger = 17

        """;

    /// <summary>A Drainer into MySQL.</summary>
    public const string Drainer = """
        addr = "10.0.1.8:8249"
        detect-interval = 10
        data-dir = "data.drainer"
        pd-urls = "http://10.0.1.1:2379"
        initial-commit-ts = 470606488562302981
        compressor = "gzip"

        [syncer]
        db-type = "mysql"
        ignore-schemas = "INFORMATION_SCHEMA,PERFORMANCE_SCHEMA,mysql"
        txn-batch = 20
        worker-count = 16
        sync-ddl = true
        safe-mode = false
        ignore-txn-commit-ts = []

        [[syncer.ignore-table]]
        db-name = "test"
        tbl-name = "log"

        [syncer.relay]
        log-dir = ""
        max-file-size = 10485760

        [syncer.to]
        host = "10.0.2.1"
        user = "root"
        password = "s3cret"
        port = 3306

        [syncer.to.params]
        time_zone = "UTC"

        [syncer.to.checkpoint]
        schema = "tidb_binlog"

        """;
}
