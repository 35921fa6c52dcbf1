using Binlog.Service.Configuration.Settings;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Makes the options from values that <see cref="HostOptionsChecker"/> found to fit together.</summary>
internal static class HostOptionsBuilder
{
    public static HostOptions Build(SettingValues values) => new()
    {
        Cluster = new ClusterOptions
        {
            Mode = values.Get(ClusterSettings.Mode),
            Id = values.Get(ClusterSettings.Mode) == ClusterMode.Pd && !values.IsGiven(ClusterSettings.Id) ? null : values.Get(ClusterSettings.Id),
            Join = values.GetOptional(ClusterSettings.Join),
            Endpoints = values.Get(ClusterSettings.Mode) == ClusterMode.Embedded ? [] : values.Get(ClusterSettings.Endpoints),
            User = values.GetOptional(ClusterSettings.User),
            Password = new Secret(values.GetOptional(ClusterSettings.Password) ?? ""),
        },
        NodeId = values.GetOptional(HostSettings.NodeId),
        DataDir = values.Get(HostSettings.DataDir),
        Log = new LogOptions
        {
            Level = values.Get(HostSettings.LogLevel),
            File = values.GetOptional(OperationsSettings.LogFile),
            KeepFiles = (int)values.Get(OperationsSettings.LogKeepFiles),
        },
        Metrics = new MetricsOptions
        {
            PushAddress = values.GetOptional(OperationsSettings.PushAddress),
            PushInterval = values.Get(OperationsSettings.PushInterval),
        },
        Security = new SecurityOptions
        {
            CaFile = values.GetOptional(OperationsSettings.CaFile),
            CertFile = values.GetOptional(OperationsSettings.CertFile),
            KeyFile = values.GetOptional(OperationsSettings.KeyFile),
            AllowedCommonNames = values.GetOptional(OperationsSettings.AllowedCommonNames) ?? [],
            AllowsPlainText = values.Get(OperationsSettings.AllowPlainText),
        },
        Pump = values.HasSection(PumpSettings.Section) ? Pump(values) : null,
        Drainer = values.HasSection(DrainerSettings.Section) ? Drainer(values) : null,
    };

    private static PumpOptions Pump(SettingValues values) => new()
    {
        Listen = values.Get(PumpSettings.Listen),
        Advertise = values.GetOptional(PumpSettings.Advertise),
        Socket = values.GetOptional(PumpSettings.Socket),
        HeartbeatInterval = values.Get(PumpSettings.HeartbeatInterval),
        SegmentSizeBytes = values.Get(PumpSettings.SegmentSize),
        FakeBinlogInterval = FakeBinlogInterval(values),
        SlowWriteThreshold = values.Get(PumpSettings.SlowWriteThreshold),
        StopWriteAtAvailableSpaceBytes = values.Get(PumpSettings.StopWriteAtAvailableSpace),
        MaxMessageBytes = (int)values.Get(PumpSettings.MaxMessageSize),
        MemoryLimitBytes = values.Get(PumpSettings.MemoryLimit),
        HeldOrderWarning = values.Get(PumpSettings.HeldOrderWarning),
        Retention = Retention(values),
    };

    /// <summary>PD's timestamps always move on, so that every look makes a fake, on a busy Pump too; the original makes one every 3 s.</summary>
    private static TimeSpan FakeBinlogInterval(SettingValues values) =>
        values.Get(ClusterSettings.Mode) == ClusterMode.Pd && !values.IsGiven(PumpSettings.FakeBinlogInterval) ? TimeSpan.FromSeconds(3) : values.Get(PumpSettings.FakeBinlogInterval);

    private static RetentionOptions Retention(SettingValues values) => new()
    {
        Age = values.Get(RetentionSettings.Age),
        SizeBytes = values.Get(RetentionSettings.Size),
        Interval = values.Get(RetentionSettings.Interval),
        Drainers = values.Get(RetentionSettings.Drainers),
        WarnAtAvailableSpaceBytes = values.GetOptional(RetentionSettings.WarnAtAvailableSpace),
    };

    private static DrainerOptions Drainer(SettingValues values) => new()
    {
        Listen = values.Get(DrainerSettings.Listen),
        Advertise = values.GetOptional(DrainerSettings.Advertise),
        InitialCommitTs = values.Get(DrainerSettings.InitialCommitTs),
        Standby = values.Get(DrainerSettings.Standby),
        RefusedDdl = values.Get(DrainerSettings.RefusedDdl),
        MemoryQuotaBytes = values.Get(DrainerSettings.MemoryQuota),
        Compressor = values.Get(DrainerSettings.Compressor),
        SchemaHistory = new SchemaHistoryOptions
        {
            Source = SchemaHistoryChecker.SourceOf(values),
            Path = values.GetOptional(DrainerSettings.SchemaHistoryPath) ?? "",
            TiDbServers = values.GetOptional(DrainerSettings.SchemaHistoryTiDb) ?? [],
        },
        HoldsGarbage = values.Get(DrainerSettings.HoldGarbage),
        Apply = new ApplyOptions
        {
            Workers = (int)values.Get(ApplySettings.Workers),
            BatchTransactions = (int)values.Get(ApplySettings.BatchTransactions),
            BatchRows = (int)values.Get(ApplySettings.BatchRows),
            Consistency = values.Get(ApplySettings.Consistency),
            SafeMode = values.Get(ApplySettings.SafeMode),
        },
        Relay = new RelayOptions
        {
            SegmentSizeBytes = values.Get(RelaySettings.SegmentSize),
            MaxBytes = values.Get(RelaySettings.MaxSize),
            MaxAge = values.Get(RelaySettings.MaxAge),
        },
        Checkpoint = Checkpoint(values),
        Downstream = new DownstreamOptions
        {
            Type = values.Get(DownstreamSettings.Type),
            File = values.GetOptional(DownstreamSettings.File),
            Host = values.GetOptional(DownstreamSettings.Host),
            Port = (int)values.Get(DownstreamSettings.Port),
            User = values.GetOptional(DownstreamSettings.User),
            Password = new Secret(values.Get(DownstreamSettings.Password)),
            Tls = new TlsOptions
            {
                Mode = PlainTextChecker.TlsModeOf(values, DownstreamSettings.TlsMode, DownstreamSettings.Host),
                CaFile = values.GetOptional(DownstreamSettings.TlsCa),
                CertFile = values.GetOptional(DownstreamSettings.TlsCert),
                KeyFile = values.GetOptional(DownstreamSettings.TlsKey),
            },
        },
    };

    private static CheckpointOptions Checkpoint(SettingValues values) => new()
    {
        Type = values.Get(CheckpointSettings.Type),
        File = values.Get(CheckpointSettings.Type) == CheckpointType.File
            ? values.GetOptional(CheckpointSettings.File) ?? Path.Combine(values.Get(HostSettings.DataDir), FileCheckpointPlace.DefaultName)
            : null,
        Database = values.Get(CheckpointSettings.Database),
        TakesOver = values.Get(CheckpointSettings.TakeOver),
        Server = values.Get(CheckpointSettings.Type) != CheckpointType.MySql ? null : new DownstreamOptions
        {
            Type = DownstreamType.MySql,
            Host = values.GetOptional(CheckpointSettings.Host),
            Port = (int)values.Get(CheckpointSettings.Port),
            User = values.GetOptional(CheckpointSettings.User),
            Password = new Secret(values.Get(CheckpointSettings.Password)),
            Tls = new TlsOptions
            {
                Mode = PlainTextChecker.TlsModeOf(values, CheckpointSettings.TlsMode, CheckpointSettings.Host),
                CaFile = values.GetOptional(CheckpointSettings.TlsCa),
                CertFile = values.GetOptional(CheckpointSettings.TlsCert),
                KeyFile = values.GetOptional(CheckpointSettings.TlsKey),
            },
        },
    };
}
