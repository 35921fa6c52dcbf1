using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Checks what no key can be checked for by itself: what is missing and what doesn't fit together.</summary>
internal sealed class HostOptionsChecker(SettingValues values, bool complete, ICollection<ConfigurationError> errors)
{
    private readonly SettingProblems _problems = new(values, complete, errors);

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

        new ClusterChecker(values, _problems).Check();
        new SecurityChecker(values, complete, _problems).Check();
        new PlainTextChecker(values, _problems).Check();
        if (pump)
        {
            CheckAdvertise(PumpSettings.Listen, PumpSettings.Advertise);
            CheckMemory();
            CheckWatermarks();
        }

        if (drainer)
        {
            CheckAdvertise(DrainerSettings.Listen, DrainerSettings.Advertise);
            new SchemaHistoryChecker(values, _problems).Check();
            CheckDownstream();
            new CheckpointChecker(values, _problems).Check();
            CheckRelay();
        }

        if (pump && drainer)
        {
            CheckPorts();
        }
    }

    private void CheckAdvertise(TypedSetting<HostPort> listen, TypedSetting<HostPort> advertise)
    {
        var address = values.Get(listen);
        if (address.IsAnyAddress && complete && !values.IsGiven(advertise))
        {
            _problems.Report(advertise, $"missing, and {address} of {listen.Path} can't be connected to", advertise.Expected, "Name this machine as the others reach it.");
        }
    }

    private void CheckWatermarks()
    {
        var stop = values.Get(PumpSettings.StopWriteAtAvailableSpace);
        if (values.GetOptional(RetentionSettings.WarnAtAvailableSpace) is { } warn and > 0 && warn < stop)
        {
            _problems.Report(
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
            _problems.Require(DownstreamSettings.File, "Name the SQLite file, or set drainer.downstream.type to \"mysql\".");
            _problems.Refuse(DownstreamSettings.MySqlOnly, DownstreamSettings.Type, "Remove it, or set the type to \"mysql\".");
        }
        else
        {
            _problems.Require(DownstreamSettings.Host, "Name the target's host.");
            _problems.Require(DownstreamSettings.User, "Name the user to log in as.");
            _problems.Refuse([DownstreamSettings.File], DownstreamSettings.Type, "Remove it, or set the type to \"sqlite\".");
            CheckClientCertificate(DownstreamSettings.TlsCert, DownstreamSettings.TlsKey);
            CheckClientCertificate(DownstreamSettings.TlsKey, DownstreamSettings.TlsCert);
        }
    }

    private void CheckClientCertificate(Setting given, Setting other)
    {
        if (values.IsGiven(given))
        {
            _problems.Require(other, null, $"missing, and {given.Path} is of no use without it");
        }
    }

    private void CheckMemory()
    {
        if (values.Get(PumpSettings.MemoryLimit) < 2 * values.Get(PumpSettings.MaxMessageSize))
        {
            var culprit = values.IsGiven(PumpSettings.MemoryLimit) ? PumpSettings.MemoryLimit : PumpSettings.MaxMessageSize;
            _problems.Report(
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
            _problems.Report(
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
            _problems.Report(DrainerSettings.Listen, $"found {drainer}, which pump.listen ({pump}) takes already", "another port", null);
        }
    }
}
