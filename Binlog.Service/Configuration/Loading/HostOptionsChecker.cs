using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Checks what no key can be checked for by itself: what is missing and what doesn't fit together.</summary>
internal sealed class HostOptionsChecker(SettingValues values, bool complete, ICollection<ConfigurationError> errors)
{
    /// <summary>Adds every error. When the sources are incomplete, nothing is said to be missing.</summary>
    public void Check()
    {
        var pump = values.HasSection(PumpSettings.Section);
        var drainer = values.HasSection(DrainerSettings.Section);
        if (!pump && !drainer && complete)
        {
            errors.Add(new ConfigurationError
            {
                Path = "pump, drainer",
                Problem = "neither section is there, so this host has nothing to do",
                Suggestion = "Add \"pump\": { } or \"drainer\": { … } or both.",
            });
        }

        CheckMode();
        new SecurityChecker(values, complete, errors).Check();
        if (pump)
        {
            CheckAdvertise(PumpSettings.Listen, PumpSettings.Advertise);
            CheckMemory();
            CheckWatermarks();
        }

        if (drainer)
        {
            CheckAdvertise(DrainerSettings.Listen, DrainerSettings.Advertise);
            Require(DrainerSettings.SchemaHistoryPath, "Name the file of the upstream's DDL jobs.");
            CheckDownstream();
            new CheckpointChecker(values, complete, errors).Check();
            CheckRelay();
        }

        if (pump && drainer)
        {
            CheckPorts();
        }
    }

    private void CheckMode()
    {
        var mode = values.Get(HostSettings.ClusterMode);
        if (mode != ClusterMode.Embedded)
        {
            Report(HostSettings.ClusterMode, $"found \"{values.Format(HostSettings.ClusterMode)}\"", "\"embedded\"", "This version supports embedded only.");
        }
    }

    private void CheckAdvertise(TypedSetting<HostPort> listen, TypedSetting<HostPort> advertise)
    {
        var address = values.Get(listen);
        if (address.IsAnyAddress && complete && !values.IsGiven(advertise))
        {
            Report(advertise, $"missing, and {address} of {listen.Path} can't be connected to", advertise.Expected, "Name this machine as the others reach it.");
        }
    }

    private void CheckWatermarks()
    {
        var stop = values.Get(PumpSettings.StopWriteAtAvailableSpace);
        if (values.GetOptional(RetentionSettings.WarnAtAvailableSpace) is { } warn and > 0 && warn < stop)
        {
            Report(
                RetentionSettings.WarnAtAvailableSpace,
                $"found {values.Format(RetentionSettings.WarnAtAvailableSpace)}, but writes are refused already at {values.Format(PumpSettings.StopWriteAtAvailableSpace)} (pump.stopWriteAtAvailableSpace)",
                "as much or more, or 0 to never warn",
                null);
        }
    }

    private void CheckDownstream()
    {
        if (values.IsInvalid(DownstreamSettings.Type))
        {
            return;
        }

        if (values.Get(DownstreamSettings.Type) == DownstreamType.Sqlite)
        {
            Require(DownstreamSettings.File, "Name the SQLite file, or set drainer.downstream.type to \"mysql\".");
            Refuse(DownstreamSettings.MySqlOnly, "sqlite", "mysql");
        }
        else
        {
            Require(DownstreamSettings.Host, "Name the target's host.");
            Require(DownstreamSettings.User, "Name the user to log in as.");
            Refuse([DownstreamSettings.File], "mysql", "sqlite");
            CheckClientCertificate(DownstreamSettings.TlsCert, DownstreamSettings.TlsKey);
            CheckClientCertificate(DownstreamSettings.TlsKey, DownstreamSettings.TlsCert);
        }
    }

    private void CheckClientCertificate(Setting given, Setting other)
    {
        if (values.IsGiven(given) && !values.IsGiven(other) && complete)
        {
            Report(other, $"missing, and {given.Path} is of no use without it", other.Expected, null);
        }
    }

    private void CheckMemory()
    {
        if (values.Get(PumpSettings.MemoryLimit) < 2 * values.Get(PumpSettings.MaxMessageSize))
        {
            var culprit = values.IsGiven(PumpSettings.MemoryLimit) ? PumpSettings.MemoryLimit : PumpSettings.MaxMessageSize;
            Report(
                culprit,
                $"found {values.Format(PumpSettings.MemoryLimit)} for pump.memoryLimit and {values.Format(PumpSettings.MaxMessageSize)} for pump.maxMessageSize",
                "memory for twice the largest message at least",
                "Raise pump.memoryLimit or lower pump.maxMessageSize.");
        }
    }

    private void CheckRelay()
    {
        var segment = values.Get(RelaySettings.SegmentSize);
        if (values.Get(RelaySettings.MaxSize) < 2 * segment)
        {
            var culprit = values.IsGiven(RelaySettings.MaxSize) ? RelaySettings.MaxSize : RelaySettings.SegmentSize;
            Report(
                culprit,
                $"found {values.Format(RelaySettings.MaxSize)} for drainer.relay.maxSize and {values.Format(RelaySettings.SegmentSize)} for drainer.relay.segmentSize",
                "room for two segments at least",
                "Raise maxSize or lower segmentSize.");
        }
    }

    private void CheckPorts()
    {
        var pump = values.Get(PumpSettings.Listen);
        var drainer = values.Get(DrainerSettings.Listen);
        var overlap = pump.Host.Equals(drainer.Host, StringComparison.OrdinalIgnoreCase)
            || pump.IsAnyAddress || drainer.IsAnyAddress || (pump.IsLoopback && drainer.IsLoopback);
        if (pump.Port != 0 && pump.Port == drainer.Port && overlap)
        {
            Report(DrainerSettings.Listen, $"found {drainer}, which pump.listen ({pump}) takes already", "another port", null);
        }
    }

    private void Require(Setting setting, string suggestion)
    {
        if (complete && !values.IsGiven(setting))
        {
            Report(setting, "missing", setting.Expected, suggestion);
        }
    }

    private void Refuse(IEnumerable<Setting> settings, string type, string otherType)
    {
        foreach (var setting in settings.Where(values.IsGiven))
        {
            Report(setting, $"has no effect with drainer.downstream.type \"{type}\"", null, $"Remove it, or set the type to \"{otherType}\".");
        }
    }

    private void Report(Setting setting, string problem, string? expected, string? suggestion) => errors.Add(new ConfigurationError
    {
        Path = setting.Path,
        Origin = values.OriginOf(setting),
        Problem = problem,
        Expected = expected,
        Suggestion = suggestion,
    });
}
